// What one element of a NumPy array is. For a scan the question is whether a Python object hides
// anywhere in it (then the data is a pickle); for a loader, how many bytes an element takes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "formats/numpy/header_literal.h"

namespace pratique::numpy {

struct Field;

/// A scalar ("<f4"), a record of named fields (kind 'V' with fields), or a sub-array of either
/// (a shape that is not empty; itemsize then covers all its elements).
struct Dtype {
    std::string text;            ///< as given; empty for a record
    char kind = 'V';             ///< one of ? i u f c m M S U V O
    char order = '|';            ///< '<', '>' or '|' where there is no order
    std::uint64_t itemsize = 0;  ///< bytes of one element; a pointer's for objects
    bool has_object = false;     ///< an object here or in any field
    std::vector<Field> fields;
    std::vector<std::uint64_t> shape;
};

struct Field {
    std::string name;
    std::string title;  ///< second name, seldom used
    Dtype dtype;
    std::uint64_t offset = 0;  ///< in the record, bytes
};

/// Reads a type string: "<f8", "|S10", ">U3", "<M8[ns]", "O8", "?", also NumPy's names for the
/// plain types ("float32", "object"). Errors: bad_header (no such type), unsupported (StringDType
/// and comma-separated records), overflow.
Result<Dtype> parse_descr(std::string_view text);

/// Reads a `descr` as headers hold it: a type string, (descr, shape), or a list of fields.
Result<Dtype> parse_descr(const Literal& literal);

/// The size in bytes of one element of the type string, as parse_descr() has it.
Result<std::uint64_t> dtype_itemsize(std::string_view text);

/// Dimensions as a tuple of non-negative integers, or one integer. Errors: bad_header,
/// negative_length, limit_depth (more than 64).
Result<std::vector<std::uint64_t>> parse_shape(const Literal& literal);

/// The product of the dimensions; 0 if any is 0, however large the others are. Errors: overflow.
Result<std::uint64_t> count_items(const std::vector<std::uint64_t>& shape, std::uint64_t offset);

}  // namespace pratique::numpy
