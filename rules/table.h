// The sorted name tables and the one algorithm that searches them. The compiler of the rules, the
// lint and the lookup at run time share both, so an example that passes the lint is found.
//
//   text     one block that holds every name once
//   exact    names in full                          os.system
//   below    packages, for the package itself and   subprocess.*
//            everything below it
//   anywhere components, wherever they stand        __globals__
//
// An entry is eight bytes and holds no pointer: the tables need no relocation at start-up.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace pratique::rules {

/// A name in a block of text: the upper 24 bits are the offset, the lower 8 the length.
struct Text {
    std::uint32_t bits = 0;

    constexpr std::string_view in(std::string_view block) const {
        return block.substr(bits >> 8, bits & 0xFFU);
    }
};
inline constexpr std::size_t kMaxTextLength = 0xFF;
inline constexpr std::size_t kMaxTextBlock = std::size_t{1} << 24;

struct Entry {
    Text name;
    /// An index into the rules, or kHole.
    std::uint16_t rule = 0;
};

/// The name is excepted from the rule that would contain it: nothing is known of it.
inline constexpr std::uint16_t kHole = 0xFFFF;
inline constexpr std::uint16_t kNoRule = 0xFFFE;

/// Each span is sorted by name, without duplicates.
struct NameTable {
    std::string_view text;
    std::span<const Entry> exact;
    std::span<const Entry> below;
    std::span<const Entry> anywhere;
};

/// The index of the rule for `name`, kHole or kNoRule. Allocates nothing.
std::uint16_t match(const NameTable& table, std::string_view name);

/// Calls `use(component)` for each part of `name` between dots; stops when it returns true.
template <class Use>
bool any_component(std::string_view name, Use use) {
    for (;;) {
        const std::size_t dot = name.find('.');
        if (use(name.substr(0, dot))) {
            return true;
        }
        if (dot == std::string_view::npos) {
            return false;
        }
        name.remove_prefix(dot + 1);
    }
}

}  // namespace pratique::rules
