// Opens a model and hashes its files, again and again, and says what each round cost:
//
//     bench_hash PATH RUNS [THREADS [SHARD_SIZE]]
//
// Prints, of each round, milliseconds of the clock and of processors in user and system mode, of
// opening and hashing together; then bytes, and the first digest.
#include <sys/resource.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <string_view>

#include "base/text.h"
#include "signing/files/hash.h"

namespace {

using namespace pratique::signing;

double milliseconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
}

struct Used {
    std::chrono::steady_clock::time_point clock = std::chrono::steady_clock::now();
    rusage usage{};

    Used() {
        if (::getrusage(RUSAGE_SELF, &usage) != 0) usage = {};
    }
};

bool read_number(std::string_view text, auto& out) {
    const auto read = std::from_chars(text.begin(), text.end(), out);
    return read.ec == std::errc{} && read.ptr == text.end();
}

int refused(const Refusal& refusal) {
    std::fprintf(stderr, "%s\n", describe(refusal).c_str());
    return 1;
}

int measure(const char* path, int runs, const HashOptions& options) {
    for (; runs > 0; --runs) {
        const Used before;
        const auto model = Model::open(path);
        if (!model) return refused(model.error());
        const auto hashed = hash_model(model.value(), options);
        if (!hashed) return refused(hashed.error());
        const Used after;
        const std::chrono::duration<double, std::milli> took = after.clock - before.clock;
        const double user =
            milliseconds(after.usage.ru_utime) - milliseconds(before.usage.ru_utime);
        const double system =
            milliseconds(after.usage.ru_stime) - milliseconds(before.usage.ru_stime);
        std::uint64_t bytes = 0;
        for (const Measured& file : hashed.value()) bytes += file.size;
        const std::string digest = pratique::hex(hashed.value().at(0).digests.at(0));
        std::printf("%.3f %.3f %.3f %llu %s\n", took.count(), user, system,
                    static_cast<unsigned long long>(bytes), digest.c_str());
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    int runs = 0;
    HashOptions options;
    if (argc < 3 || argc > 5 || !read_number(argv[2], runs)) return 64;
    if (argc > 3 && !read_number(argv[3], options.threads)) return 64;
    if (argc > 4 && !read_number(argv[4], options.shard_size)) return 64;
    return measure(argv[1], runs, options);
}
