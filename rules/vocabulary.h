// The words in which rules and findings are written, shared by the files, their compiler and the
// tables in the program.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pratique::rules {

enum class Severity : std::uint8_t { info, low, medium, high, critical };

/// What a callable lets a file do; values are bits of a `Capabilities` set.
enum class Capability : std::uint16_t {
    execute = 1 << 0,
    import_ = 1 << 1,
    file_read = 1 << 2,
    file_write = 1 << 3,
    network = 1 << 4,
    native_code = 1 << 5,
    reflection = 1 << 6,
    deserialize = 1 << 7,
    environment = 1 << 8,
    resource = 1 << 9,
};
inline constexpr unsigned kCapabilityCount = 10;
using Capabilities = std::uint16_t;

constexpr bool has(Capabilities set, Capability one) {
    return (set & static_cast<Capabilities>(one)) != 0;
}

/// How a name is reached: GLOBAL alone runs the module's body, NEWOBJ runs `__new__`, REDUCE, OBJ
/// and INST run the callable itself, BUILD runs `__setstate__` or fills the attributes.
enum class Effect : std::uint8_t { import_, construct, call, set_state };

/// `carried`: builds code that the file carries, and does not call it.
enum class Standing : std::uint8_t { unknown, vetted, carried, dangerous };

/// The stable spellings of reports: "critical", "file-read", "dangerous".
std::string_view name(Severity severity);
std::string_view name(Capability capability);
std::string_view name(Standing standing);
/// All of a set, in the order of their bits: "execute, import".
std::string names(Capabilities set);

}  // namespace pratique::rules
