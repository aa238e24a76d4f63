// Run by hand: how long a locked worker takes to be ready, and how many small files flow through
// one. Prints microseconds and files per second.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "sandbox/descriptor.h"
#include "sandbox/session.h"
#include "worker_kinds.h"

using namespace pratique;
using namespace pratique::sandbox;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::uint64_t kFileSize = 300;
constexpr std::uint64_t kSumOfFile = kFileSize * 'x';

double microseconds(Clock::time_point since) {
    return std::chrono::duration<double, std::micro>(Clock::now() - since).count();
}

bool start_times(std::size_t rounds) {
    std::vector<double> times;
    for (std::size_t i = 0; i < rounds; ++i) {
        const auto begin = Clock::now();
        auto started = Session::start({.worker = TEST_WORKER});
        if (std::holds_alternative<Outcome>(started)) return false;
        times.push_back(microseconds(begin));
    }
    std::ranges::sort(times);
    std::printf("start to hello, us: min %.0f  p10 %.0f  median %.0f  p90 %.0f\n", times.front(),
                times[rounds / 10], times[rounds / 2], times[rounds * 9 / 10]);
    return true;
}

/// Opens, sends and closes each file, as a scan does.
bool flow(const std::vector<std::string>& paths) {
    const auto begin = Clock::now();
    auto started = Session::start({.worker = TEST_WORKER});
    auto* session = std::get_if<Session>(&started);
    if (session == nullptr) return false;
    std::vector<Descriptor> files(paths.size());
    std::size_t next = 0;
    std::vector<Request> batch;
    while (next < paths.size() || session->pending() > 0) {
        while (next < paths.size() && session->room() >= kBatch) {
            batch.clear();
            for (; batch.size() < kBatch && next < paths.size(); ++next) {
                files[next].reset(::open(paths[next].c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
                batch.push_back(
                    {worker_test::kRead, next, as_bytes(paths[next]), files[next].get()});
            }
            if (!session->submit(batch).ok()) return false;
        }
        const auto received = session->receive();
        const auto* reply = std::get_if<Reply>(&received);
        if (reply == nullptr) return false;
        Reader in(reply->payload);
        if (reply->done()) {
            files[reply->id].reset();
        } else if (const auto sum = in.le<std::uint64_t>(); !sum || *sum != kSumOfFile) {
            return false;
        }
    }
    const double time = microseconds(begin);
    std::printf("%zu files: %.1f ms, %.0f files/s (start included)\n", paths.size(), time / 1000,
                static_cast<double>(paths.size()) / time * 1e6);
    return session->finish().ok();
}

}  // namespace

int main() {
    namespace fs = std::filesystem;
    std::string folder = (fs::temp_directory_path() / "pratique-bench-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) return 1;
    std::vector<std::string> paths;
    for (int i = 0; i < 2'000; ++i) {
        paths.push_back(folder + "/" + std::to_string(i) + ".pkl");
        std::ofstream(paths.back()) << std::string(kFileSize, 'x');
    }
    bool good = start_times(200);
    // A host of 1 GiB must not start more slowly than a small one.
    void* memory = ::mmap(nullptr, 1 * kGiB, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    std::printf("with 1 GiB: ");
    good = good && memory != MAP_FAILED && start_times(200);
    for (int i = 0; i < 5; ++i) good = good && flow(paths);
    fs::remove_all(folder);
    return good ? 0 : 1;
}
