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

/// Volatile: it is changed behind the compiler's back, though never while the program runs.
[[gnu::section(".pratique_worker"), gnu::used]] const volatile Path kPath = padded();

}  // namespace

std::string worker_path() {
    std::string out;
    // A volatile array has no operator[].
    const auto& path = const_cast<const Path&>(kPath);  // NOLINT(*-const-cast)
    const volatile char* const front = path.data();
    for (std::size_t i = 0; i < path.size() && front[i] != '\0'; ++i) {  // NOLINT(*-arithmetic)
        out += front[i];                                                 // NOLINT(*-arithmetic)
    }
    return out;
}

}  // namespace pratique::api
