// What an element of a dataset or an attribute is. HDF5 describes numbers by their bits (where the
// sign is, how wide the exponent), so a type is recognised by what it says and not by a name.
//
//   class u4 | version u4 | bits u24 | bytes u32 | properties by class
//
// Source: HDF5 File Format Specification 3.0, IV.A.2.d.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/reader.h"
#include "base/result.h"

namespace pratique::hdf5 {

enum class Class : std::uint8_t {
    integer = 0,
    real = 1,
    time = 2,
    string = 3,
    bits = 4,
    opaque = 5,
    compound = 6,
    reference = 7,
    enumeration = 8,
    variable = 9,
    array = 10,
    complex = 11,
};

/// The bits of a floating-point number, counted from the lowest.
struct FloatBits {
    std::uint8_t sign = 0;
    std::uint8_t exponent_at = 0;
    std::uint8_t exponent_bits = 0;
    std::uint8_t mantissa_at = 0;
    std::uint8_t mantissa_bits = 0;
    std::uint32_t bias = 0;
    /// 0: as it is; 1: the top bit is always set; 2: the top bit is set and not stored.
    std::uint8_t normalised = 0;

    friend bool operator==(const FloatBits&, const FloatBits&) = default;
};

struct Field;

struct Datatype {
    Class kind = Class::integer;
    std::uint32_t size = 0;  ///< bytes of one element
    bool big_endian = false;
    bool is_signed = false;
    std::uint16_t bit_offset = 0;
    std::uint16_t bits = 0;  ///< that count; the others are padding
    FloatBits real;
    bool utf8 = false;          ///< strings
    bool is_text = false;       ///< variable: a string, not a sequence
    std::uint8_t padding = 0;   ///< strings: 0 up to a NUL, 1 NULs, 2 spaces
    std::string_view tag;       ///< opaque
    std::vector<Field> fields;  ///< compound
    /// Enumerations: names, and values as they lie in the file.
    std::vector<std::pair<std::string_view, Bytes>> names;
    std::vector<Datatype> base;  ///< one type: of an enumeration, array, complex number, sequence
    std::vector<std::uint64_t> shape;  ///< arrays
};

struct Field {
    std::string_view name;
    std::uint32_t offset = 0;  ///< in the compound, bytes
    Datatype type;
};

/// Reads one type. Errors: truncated, bad_header, unsupported, limit_depth, limit_rank, overflow,
/// out_of_bounds (a field outside of its compound). Views point into what `in` reads.
Result<Datatype> read_datatype(Reader& in);

}  // namespace pratique::hdf5
