// Loads a file again and again through the public library and says what each load cost:
//
//     bench_load FILE RUNS copy|hash|view
//
// Prints milliseconds of each run, then the peak memory of this process and of the largest worker.
#include <sys/resource.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "pratique/pratique.h"

namespace {

long peak_kilobytes(int who) {
    rusage usage{};
    return ::getrusage(who, &usage) == 0 ? usage.ru_maxrss : -1;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) return 64;
    pratique::Options options;
    options.hash = std::strcmp(argv[3], "hash") == 0;
    options.view = std::strcmp(argv[3], "view") == 0;
    const std::string_view runs(argv[2]);
    int left = 0;
    const auto read = std::from_chars(runs.begin(), runs.end(), left);
    if (read.ec != std::errc{} || left < 1) return 64;
    for (; left > 0; --left) {
        const auto began = std::chrono::steady_clock::now();
        const auto model = pratique::load(argv[1], options);
        const std::chrono::duration<double, std::milli> took =
            std::chrono::steady_clock::now() - began;
        if (!model) {
            std::fprintf(stderr, "%s\n", model.error().message.c_str());
            return 1;
        }
        std::printf("%.3f %zu\n", took.count(), model->tensors().size());
    }
    std::printf("%ld %ld\n", peak_kilobytes(RUSAGE_SELF), peak_kilobytes(RUSAGE_CHILDREN));
    return 0;
}
