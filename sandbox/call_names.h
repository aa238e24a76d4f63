// Names of system calls, for reports. The table is generated (sandbox/policy).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace pratique::sandbox {

/// By number, for the architecture that this is compiled for; empty where there is none.
extern const std::span<const std::string_view> kCallNames;

/// "openat", or "call 9999".
inline std::string call_name(std::uint32_t number) {
    if (number < kCallNames.size() && !kCallNames[number].empty()) {
        return std::string(kCallNames[number]);
    }
    return "call " + std::to_string(number);
}

}  // namespace pratique::sandbox
