// What Flax makes of MessagePack (flax.serialization): trees of maps whose leaves are arrays, in
// extensions. An array above a gigabyte is cut into flat pieces, under a map of a certain form.
//
//   extension 1  array:        [shape: [int …], type: "float32", elements: bytes in C order]
//   extension 2  complex:      [real, imaginary]
//   extension 3  NumPy scalar: as 1, with the shape []
//   {"__msgpack_chunked_array__": true, "shape": {"0": 2, "1": 3}, "chunks": {"0": ext 1, …}}
//
// Source: flax/serialization.py.
#pragma once

#include "formats/msgpack/document.h"

namespace pratique::flax {

inline constexpr std::int8_t kArray = 1;
inline constexpr std::int8_t kComplex = 2;
inline constexpr std::int8_t kScalar = 3;

struct Array {
    std::vector<std::uint64_t> shape;
    std::string_view type;  ///< as NumPy and ml_dtypes name it; any text
    std::uint64_t type_at = 0;
    Bytes elements;
    std::uint64_t elements_at = 0;  ///< offset in the artifact
};

/// The array in an extension 1 or 3. Errors: those of msgpack::read(), bad_header (other things in
/// it), negative_length, limit_rank, size_mismatch (a scalar with a shape). All here thread-safe.
Result<Array> read_array(const msgpack::Item& extension);

struct Complex {
    double real = 0;
    double imaginary = 0;
};
/// The number in an extension 2. Errors: as above.
Result<Complex> read_complex(const msgpack::Item& extension);

/// An array in pieces, each of which is flat.
struct Chunked {
    std::vector<std::uint64_t> shape;
    std::vector<Array> pieces;
};
/// True if item `map` is the map of an array in pieces.
bool is_chunked(const std::vector<msgpack::Item>& items, std::size_t map);
/// Reads it. Errors: those of read_array(), bad_header (a key too many, pieces that are not flat or
/// of several types), missing_record (one too few), duplicate_key.
Result<Chunked> read_chunked(const std::vector<msgpack::Item>& items, std::size_t map);

/// A whole file that Flax could have written: one value without anything behind it, a map with text
/// for keys at every level and an array somewhere, or an array alone.
bool recognise(Bytes bytes);

}  // namespace pratique::flax
