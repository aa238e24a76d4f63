#include "rules/vocabulary.h"

#include <array>
#include <bit>

namespace pratique::rules {

std::string_view name(Severity severity) {
    static constexpr std::array<std::string_view, 5> kNames = {"info", "low", "medium", "high",
                                                               "critical"};
    return kNames[static_cast<std::size_t>(severity)];
}

std::string_view name(Capability capability) {
    static constexpr std::array<std::string_view, kCapabilityCount> kNames = {
        "execute",     "import",     "file-read",   "file-write",  "network",
        "native-code", "reflection", "deserialize", "environment", "resource"};
    return kNames[static_cast<std::size_t>(
        std::countr_zero(static_cast<std::uint16_t>(capability)))];
}

std::string names(Capabilities set) {
    std::string out;
    for (unsigned bit = 0; bit < kCapabilityCount; ++bit) {
        const auto one = static_cast<Capability>(1U << bit);
        if (!has(set, one)) continue;
        if (!out.empty()) out += ", ";
        out += name(one);
    }
    return out;
}

std::string_view name(Standing standing) {
    static constexpr std::array<std::string_view, 4> kNames = {"unknown", "vetted", "carried",
                                                               "dangerous"};
    return kNames[static_cast<std::size_t>(standing)];
}

}  // namespace pratique::rules
