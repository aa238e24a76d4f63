// MATLAB's files, versions 4 and 5 to 7 (7.3 is HDF5). Version 5 is a header and elements, and
// matrices are elements with elements inside:
//
//   116 characters | u64 subsystem | u16 version 0x0100 | "IM" little-endian, "MI" big-endian
//   element := u32 type, u32 size, bytes, padding to 8 | u16 type, u16 size 1-4, 4 bytes
//     14 matrix      elements: flags (the low byte is the class), dimensions, name, then by class
//     15 packed      a zlib stream of one element; not padded
//     1-7, 9, 12, 13, 16-18   numbers and characters
//   class := 1 cell, 2 structure, 3 object, 4 characters, 5 sparse, 6-15 numbers, 16 function,
//            17 opaque object
//
// Version 4 is matrices only: i32 type (1000 * order + 10 * element + kind), rows, columns,
// imaginary, length of the name | name NUL | numbers.
// Source: "MAT-File Format", MathWorks, R2024a; scipy/io/matlab.
#pragma once

#include <bit>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace pratique::matlab {

bool recognise(Bytes bytes);
/// Version 4 has no magic: all of it is matrices with names.
bool recognise_4(Bytes bytes);

struct Variable {
    Bytes content;  ///< the element with its tag, or the stream that holds it
    std::uint64_t at = 0;
    bool packed = false;
};

struct File {
    std::endian order{};
    std::vector<Variable> variables;
    std::optional<Error> error;
};

inline constexpr std::size_t kMostVariables = 1'000'000;
inline constexpr std::size_t kMostDepth = 256;

/// Errors: truncated, unsupported (version), limit_members. Thread-safe, as all here.
File read(Bytes bytes);

/// Offsets of the first function and the first object in an element, if there are any.
struct Contents {
    std::optional<std::uint64_t> function;
    std::optional<std::uint64_t> object;
};
/// Errors: truncated, bad_header (types and classes that do not exist), limit_depth.
Result<Contents> look_into(Bytes element, std::endian order);

/// Where the last matrix of version 4 ends. Errors: truncated, bad_header, negative_length,
/// overflow.
Result<std::uint64_t> measure_4(Bytes bytes);

}  // namespace pratique::matlab
