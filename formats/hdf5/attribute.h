// What objects say about themselves beside their elements: name, type, shape and value, in their
// header or, of objects with many or large ones, in a heap.
//
//   version | flags | name, type, space bytes u16 | [charset] | name | type | space | value
//   (each part padded to eight bytes in version 1)
//
// Source: HDF5 File Format Specification 3.0, IV.A.2.m and v.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "formats/hdf5/dataset.h"

namespace pratique::hdf5 {

struct Attribute {
    std::string_view name;
    Datatype type;
    Dataspace space;
    Bytes value;
    std::uint64_t offset = 0;  ///< of the value, in the artifact
};

/// All attributes, sorted by name. Those of a type that is not read are left out: they belong to
/// others. Errors: those of what is read for it, unsupported (versions), limit_members.
Result<std::vector<Attribute>> read_attributes(File& file, const Object& object);

/// The elements of an attribute of text, of fixed or variable length; nothing if it is no text.
/// Errors: overflow, out_of_bounds, those of read_global_object(), limit_members.
Result<std::optional<std::vector<std::string_view>>> read_texts(File& file,
                                                                const Attribute& attribute);

/// One element of type Class::string, without its padding.
std::string_view fixed_text(const Datatype& type, Bytes element);

}  // namespace pratique::hdf5
