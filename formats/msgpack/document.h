// MessagePack, read completely and kept flat: one item after the other in the order of the file,
// each with the number of the item behind all that it holds. So whoever looks for something can
// step over a whole map, and depth is a number instead of a stack of calls.
//
//   00–7f, e0–ff  small integers           c4–c6  bytes       cc–cf  unsigned integers
//   80–8f         map of so many pairs     c7–c9  extension   d0–d3  signed integers
//   90–9f         array of so many items   ca, cb float32, 64 d4–d8  extension of 1 … 16 bytes
//   a0–bf         text of so many bytes    c0     nil         d9–db  text
//   c2, c3        false, true              c1     nothing     dc–df  array, array, map, map
//
// Lengths and numbers are big-endian. Source: msgpack/spec.md.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace pratique::msgpack {

enum class Kind : std::uint8_t {
    nil,
    boolean,
    integer,           // number is signed
    unsigned_integer,  // number is above what a signed one holds
    real,              // number is the bits of a double
    text,
    bytes,
    array,
    map,
    extension,
};

struct Item {
    Kind kind = Kind::nil;
    std::int8_t type = 0;     ///< of an extension
    std::uint32_t count = 0;  ///< items of an array, pairs of a map
    std::uint32_t end = 0;    ///< number of the item behind this one and all that it holds
    std::uint64_t at = 0;     ///< offset of its first byte
    std::uint64_t number = 0;
    Bytes content;                 ///< of text, bytes and extensions
    std::uint64_t content_at = 0;  ///< offset of the content

    std::string_view characters() const { return text(content); }
    bool is_text(std::string_view wanted) const {
        return kind == Kind::text && characters() == wanted;
    }
    double real() const;
};

/// Items of one document: the trees of parameters of the largest models have some ten thousand.
inline constexpr std::size_t kMostItems = 2'000'000;
/// Maps and arrays inside each other. Python's own packer stops at 511.
inline constexpr std::size_t kMostDepth = 512;

/// Reads exactly one value that fills `bytes`, which stand at offset `at`: item 0 and what is in
/// it. What extensions hold is not looked at. Errors: truncated (also a count that the bytes left
/// cannot hold), bad_header (the byte c1), bad_text (not UTF-8), limit_nodes, limit_depth,
/// trailing_bytes. Thread-safe.
Result<std::vector<Item>> read(Bytes bytes, std::uint64_t at = 0,
                               std::size_t most_items = kMostItems);

}  // namespace pratique::msgpack
