// The format of llama.cpp and its kin: a list of named values, a list of tensors, and their data.
// Its readers have had a dozen memory errors from numbers in these lists that were believed.
//
//   'G' 'G' 'U' 'F' | version u32 | tensors i64 | pairs i64        version 1: both u32
//   pairs:    key string | kind u32 | value
//   tensors:  name string | dimensions u32 | size i64 each, innermost first | type u32 | offset u64
//   padding to the alignment ("general.alignment", else 32)
//   data, each tensor padded to the alignment
//
//   string := length u64, UTF-8 without NUL | array := kind u32 of items, count u64, items
//
// Version 1 has lengths, counts and sizes of 32 bits. Version 3 may be big-endian throughout: then
// the version reads as 0x03000000.
//
// Source: ggml/docs/gguf.md, ggml/src/gguf.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "formats/gguf/types.h"

namespace pratique::gguf {

inline constexpr std::size_t kMostDimensions = 4;
inline constexpr std::uint64_t kMostTensors = 1'000'000;
inline constexpr std::uint64_t kMostPairs = 1'000'000;
inline constexpr std::uint64_t kMostItems = std::uint64_t{1} << 30;
inline constexpr std::size_t kLongestName = 63;    ///< of a tensor, bytes
inline constexpr std::size_t kLongestKey = 65535;  ///< bytes

/// A value of the metadata. Arrays stay where they are: a vocabulary has 250,000 strings.
struct Value {
    Kind kind{};
    /// Of numbers and booleans: integers in two's complement, the bits of a float32 or float64.
    std::uint64_t number = 0;
    std::string_view text;  ///< of strings
    Kind item{};            ///< of arrays
    std::uint64_t count = 0;
    Bytes items;  ///< all of an array's items, as the file has them
};

struct Pair {
    std::string_view key;
    Value value;
    std::uint64_t offset = 0;  ///< of the key's length in the artifact
};

struct Tensor {
    std::string_view name;
    Type type{};
    std::uint32_t dimensions = 0;
    std::array<std::uint64_t, kMostDimensions> sizes{};  ///< innermost first; ::dimensions of them
    std::uint64_t begin = 0;                             ///< of its data in the artifact
    std::uint64_t bytes = 0;                             ///< of its data, without padding
    std::uint64_t offset = 0;                            ///< of its entry in the artifact
};

/// What was read before `error`, and the error. Text and items are pieces of the bytes.
struct File {
    std::uint32_t version = 0;
    bool big_endian = false;
    std::uint64_t alignment = 32;
    std::vector<Pair> pairs;
    std::vector<Tensor> tensors;
    std::uint64_t data_offset = 0;  ///< in the artifact
    std::uint64_t data_end = 0;     ///< behind the last tensor and its padding, at most the file's
    /// Strings inside of arrays that are no UTF-8: tokenizers of real models have such pieces.
    std::uint64_t odd_texts = 0;
    std::optional<Error> error;

    /// The value of a key, or null.
    const Value* find(std::string_view key) const;
};

/// The four bytes of the magic.
bool recognise(Bytes bytes);

/// Reads everything but the data, and holds it against the size of the file: the data of the
/// tensors follows one behind the other, in the order of their entries. Bytes behind data_end are
/// the caller's to report. Errors: bad_magic, unsupported (version, big-endian below 3), truncated,
/// negative_length, limit_members (counts), limit_nodes (an array), overflow (a count, a size, or a
/// string's length that is negative elsewhere), bad_name (empty key, a NUL in a key or name, a name
/// above 63 bytes), bad_text, bad_header (no such kind, an array of arrays, an alignment that is no
/// u32 or no power of two), bad_number (a boolean that is neither), duplicate_key (of a pair or
/// tensor), limit_rank, unknown_dtype, size_mismatch (rows that are no whole blocks), bad_offset (a
/// hole), overlap. Thread-safe; memory in proportion to the lists.
File read(Bytes bytes);

/// The first `most` items of an array, at most. Their own text is a piece of the array's bytes.
std::vector<Value> first_items(const File& file, const Value& array, std::size_t most);

}  // namespace pratique::gguf
