// The vocabulary for untrusted bytes: a read-only view that knows its length. Every parser takes
// Bytes and hands out sub-views of it; nothing below this line of the house copies to parse.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace pratique {

using Bytes = std::span<const std::byte>;
static_assert(sizeof(std::size_t) == 8, "offsets and sizes of files are used as sizes in memory");

/// The same bytes seen as characters. Says nothing about their encoding.
inline std::string_view text(Bytes bytes) {
    // The one place where std::byte and char meet; both may alias any object.
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};  // NOLINT
}

/// The same characters seen as bytes.
inline Bytes as_bytes(std::string_view characters) {
    return std::as_bytes(std::span(characters.data(), characters.size()));
}

/// True if `bytes` begins with `prefix`.
inline bool starts_with(Bytes bytes, std::string_view prefix) {
    return text(bytes).starts_with(prefix);
}

/// The part of `bytes` from `offset` on; empty when `offset` lies past the end.
inline Bytes from(Bytes bytes, std::uint64_t offset) {
    return offset >= bytes.size() ? Bytes{} : bytes.subspan(offset);
}

/// At most `count` bytes from `offset` on.
inline Bytes slice(Bytes bytes, std::uint64_t offset, std::uint64_t count) {
    const Bytes rest = from(bytes, offset);
    return count >= rest.size() ? rest : rest.first(count);
}

/// Where `part` lies in `whole`, if it is a piece of it and not of anything else.
inline std::optional<std::uint64_t> offset_in(Bytes whole, Bytes part) {
    // As numbers: pointers into different objects have no order.
    const auto begin = reinterpret_cast<std::uintptr_t>(whole.data());  // NOLINT
    const auto at = reinterpret_cast<std::uintptr_t>(part.data());      // NOLINT
    const bool inside =
        at >= begin && at - begin <= whole.size() && part.size() <= whole.size() - (at - begin);
    return inside ? std::optional<std::uint64_t>(at - begin) : std::nullopt;
}

}  // namespace pratique
