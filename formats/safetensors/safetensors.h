// The one format for weights that was made to be safe: a JSON header, then bytes. It stays safe
// only as long as all readers see the same tensors in it, so what two of them could read
// differently is refused here: keys that occur twice, numbers with a point or an exponent, holes
// and overlaps.
//
//   length u64 LE | header, JSON, padded with spaces | data
//
//   { "__metadata__": { "format": "pt" },                                    text to text, optional
//     "weight": { "dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24] } }   from data's start
//
// The data of the tensors, in the order of their offsets, covers what follows the header without a
// gap to the last byte of the file.
//
// Source: huggingface/safetensors, README.md ("Format") and safetensors/src/tensor.rs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace pratique::safetensors {

// X(name in headers, bits of one element)
#define PRATIQUE_SAFETENSORS_DTYPES(X) \
    X(BOOL, 8)                         \
    X(F4, 4)                           \
    X(F6_E2M3, 6)                      \
    X(F6_E3M2, 6)                      \
    X(U8, 8)                           \
    X(I8, 8)                           \
    X(F8_E5M2, 8)                      \
    X(F8_E4M3, 8)                      \
    X(F8_E8M0, 8)                      \
    X(F8_E4M3FNUZ, 8)                  \
    X(F8_E5M2FNUZ, 8)                  \
    X(I16, 16)                         \
    X(U16, 16)                         \
    X(F16, 16)                         \
    X(BF16, 16)                        \
    X(I32, 32)                         \
    X(U32, 32)                         \
    X(F32, 32)                         \
    X(C64, 64)                         \
    X(F64, 64)                         \
    X(I64, 64)                         \
    X(U64, 64)

// NOLINTBEGIN(readability-identifier-naming): the names are the format's
enum class Dtype : std::uint8_t {
#define PRATIQUE_ENUMERATOR(name, bits) name,
    PRATIQUE_SAFETENSORS_DTYPES(PRATIQUE_ENUMERATOR)
#undef PRATIQUE_ENUMERATOR
};
// NOLINTEND(readability-identifier-naming)
std::string_view name(Dtype dtype);
std::uint64_t bits_of(Dtype dtype);

struct Tensor {
    std::string name;
    Dtype dtype{};
    std::vector<std::uint64_t> shape;
    std::uint64_t begin = 0;   ///< bytes from Header::data_offset
    std::uint64_t end = 0;     ///< behind the last byte
    std::uint64_t offset = 0;  ///< in the artifact, of the end of its name in the header
};

/// What was read before `error`, and the error. Without one, all of the above holds.
struct Header {
    std::vector<Tensor> tensors;  ///< in the order of their data, once it is known to be sound
    std::vector<std::pair<std::string, std::string>> metadata;
    std::uint64_t data_offset = 0;     ///< in the artifact
    std::uint64_t unknown_fields = 0;  ///< of tensors, beyond the three
    std::uint64_t unknown_offset = 0;  ///< of the first of them
    std::optional<Error> error;
};

/// The most that a header may take, in bytes: what the format's own library reads.
inline constexpr std::uint64_t kLongestHeader = 100'000'000;
inline constexpr std::size_t kMostTensors = 1'000'000;
inline constexpr std::size_t kMostDimensions = 64;

/// A length that a header may have, and a '{' behind it: there is no magic. The file may be cut.
bool recognise(Bytes bytes);

/// Reads the header and holds it against the size of the file; the data is not looked at. Errors:
/// truncated, limit_bytes (header), bad_text (not UTF-8), bad_json, duplicate_key, limit_depth,
/// bad_header (an ill-formed entry), unknown_dtype, bad_number (2.0, -0, 2^63), negative_length,
/// overflow, limit_rank, limit_members, size_mismatch, bad_offset (end before begin, a hole),
/// overlap, trailing_bytes. Thread-safe; memory in proportion to the header.
Header read(Bytes bytes);

}  // namespace pratique::safetensors
