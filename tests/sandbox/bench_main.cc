// Run by hand: how long a locked worker takes to be ready, what a pool makes of that, how many
// small files flow through one, and how fast a large result comes back.
//
//     bench_sandbox [WORKER]     the start of this program (build/release/pratique-worker) as well
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "base/descriptor.h"
#include "sandbox/output.h"
#include "sandbox/pool.h"
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

void print_times(const char* what, std::vector<double> times) {
    std::ranges::sort(times);
    const auto at = [&times](std::size_t percent) { return times[times.size() * percent / 100]; };
    std::printf("%-44s us: min %5.0f  p50 %5.0f  p90 %5.0f  p99 %5.0f\n", what, times.front(),
                at(50), at(90), at(99));
}

bool start_times(const char* what, const Options& options) {
    std::vector<double> times;
    std::string tier;
    for (std::size_t i = 0; i < 300; ++i) {
        const auto begin = Clock::now();
        auto started = Session::start(options);
        times.push_back(microseconds(begin));
        const auto* session = std::get_if<Session>(&started);
        if (session == nullptr) return false;
        tier = name(session->isolation().tier());
    }
    print_times((what + (", tier " + tier)).c_str(), std::move(times));
    return true;
}

Options single() { return {.profile = Profile::single, .worker = TEST_WORKER}; }

/// One request to a worker of its own, and everything that comes back.
std::optional<Sealed> one_job(Session& session, int input, std::uint32_t kind, Bytes payload,
                              std::uint64_t output_size) {
    auto made = Output::make(output_size);
    auto* output = std::get_if<Output>(&made);
    if (output == nullptr) return std::nullopt;
    const Request request{kind, 1, payload, input, output->descriptor()};
    if (!session.submit({&request, 1}).ok()) return std::nullopt;
    while (session.pending() > 0) {
        if (std::holds_alternative<Outcome>(session.receive())) return std::nullopt;
    }
    if (!session.finish().ok()) return std::nullopt;
    auto sealed = std::move(*output).seal();
    auto* result = std::get_if<Sealed>(&sealed);
    return result == nullptr ? std::nullopt : std::optional(std::move(*result));
}

bool pool_times(int input) {
    Pool pool(single(), 2);
    std::vector<double> times;
    for (int i = 0; i < 200; ++i) {
        ::usleep(5'000);  // a host that has other things to do meanwhile
        const auto begin = Clock::now();
        auto taken = pool.take();
        auto* session = std::get_if<Session>(&taken);
        if (session == nullptr || !one_job(*session, input, worker_test::kEcho, {}, 0)) {
            return false;
        }
        times.push_back(microseconds(begin));
    }
    print_times("a whole job, with a worker that waited", std::move(times));
    return true;
}

/// `size` bytes made by the worker, sealed and mapped by us; then read once.
bool hand_back(int input, std::uint64_t size) {
    for (int i = 0; i < 3; ++i) {
        const auto begin = Clock::now();
        auto started = Session::start(single());
        auto* session = std::get_if<Session>(&started);
        if (session == nullptr) return false;
        const Bytes payload = std::as_bytes(std::span(&size, 1));
        const auto sealed = one_job(*session, input, worker_test::kFill, payload, size);
        if (!sealed || sealed->bytes().size() != size) return false;
        const double handed = microseconds(begin);
        if (sealed->bytes().back() != std::byte{0x5a}) return false;
        std::printf("%.0f MiB back through the sealed memory: %.0f ms, %.2f GB/s\n",
                    static_cast<double>(size) / kMiB, handed / 1000,
                    static_cast<double>(size) / handed / 1000);
    }
    return true;
}

/// The worker says where in the file something lies; we map that, whatever its size.
bool mapped_offsets(std::uint64_t size) {
    const Descriptor file(::memfd_create("bench", MFD_CLOEXEC));
    if (::ftruncate(file.get(), static_cast<off_t>(size)) != 0) return false;
    const std::string path = "/proc/self/fd/" + std::to_string(file.get());
    const Descriptor input(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::vector<double> times;
    for (int i = 0; i < 100; ++i) {
        const auto begin = Clock::now();
        auto started = Session::start(single());
        auto* session = std::get_if<Session>(&started);
        if (session == nullptr || !one_job(*session, input.get(), worker_test::kEcho, {}, 0)) {
            return false;
        }
        void* mapped = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, input.get(), 0);
        if (mapped == MAP_FAILED) return false;
        times.push_back(microseconds(begin));
        ::munmap(mapped, size);
    }
    print_times(("an offset into " + std::to_string(size / kMiB) + " MiB, mapped").c_str(),
                std::move(times));
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
        const auto sum =
            reply->payload.validate([](Bytes said) { return Reader(said).le<std::uint64_t>(); });
        if (reply->done()) {
            files[reply->id].reset();
        } else if (!sum || *sum != kSumOfFile) {
            return false;
        }
    }
    const double time = microseconds(begin);
    std::printf("%zu files: %.1f ms, %.0f files/s (start included)\n", paths.size(), time / 1000,
                static_cast<double>(paths.size()) / time * 1e6);
    return session->finish().ok();
}

}  // namespace

int main(int argc, char** argv) {
    namespace fs = std::filesystem;
    std::string folder = (fs::temp_directory_path() / "pratique-bench-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) return 1;
    std::vector<std::string> paths;
    for (int i = 0; i < 2'000; ++i) {
        paths.push_back(folder + "/" + std::to_string(i) + ".pkl");
        std::ofstream(paths.back()) << std::string(kFileSize, 'x');
    }
    const Descriptor input(::open(paths[0].c_str(), O_RDONLY | O_CLOEXEC));
    bool good = argc < 2 || start_times("start to hello, the program given", {.worker = argv[1]});
    good = good && start_times("start to hello, stream", {.worker = TEST_WORKER});
    good = good && start_times("start to hello, single", single());
    good = good && pool_times(input.get());
    for (const std::uint64_t size : {1 * kMiB, 64 * kMiB, 1 * kGiB}) {
        good = good && mapped_offsets(size);
    }
    for (int i = 0; i < 3; ++i) good = good && flow(paths);
    good = good && hand_back(input.get(), 1 * kGiB);
    // A host of 2 GiB must not start more slowly than a small one.
    void* memory = ::mmap(nullptr, 2 * kGiB, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    good = good && memory != MAP_FAILED;
    good = good && start_times("start to hello, stream, with 2 GiB", {.worker = TEST_WORKER});
    fs::remove_all(folder);
    return good ? 0 : 1;
}
