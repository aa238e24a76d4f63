#include "api/worker_path.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace pratique::api {
namespace {

constexpr std::string_view kBuilt = PRATIQUE_WORKER;

using Path = std::array<char, 4096>;

constexpr Path padded() {
    static_assert(kBuilt.size() < std::tuple_size_v<Path>);
    Path out{};
    std::copy(kBuilt.begin(), kBuilt.end(), out.begin());
    return out;
}

[[gnu::section(".pratique_worker"), gnu::used]] constexpr Path kPath = padded();

}  // namespace

std::string worker_path() {
    const Path* path = &kPath;
    // What was compiled is not what is there once installed: the compiler must read it.
    __asm__("" : "+r"(path));
    const std::string_view all(path->data(), path->size());
    return std::string(all.substr(0, all.find_first_of(std::string_view("\0\n", 2))));
}

}  // namespace pratique::api
