// HDF5's types as the loader spells them: as h5py does, whose dtypes are what people know. Numbers
// are recognised by their bits; an array type is more dimensions of its base; a compound of r and i
// is a complex number; an enumeration of FALSE and TRUE is a bool.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "formats/hdf5/datatype.h"
#include "sandbox/loader/dtype.h"

namespace pratique::loader {

/// Bytes in one element that are to be reversed.
struct Reversed {
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
};

struct Hdf5Element {
    Dtype dtype = Scalar::uint8;
    std::vector<std::uint64_t> inner;  ///< dimensions that stand behind those of the dataset
    std::vector<Reversed> reversed;    ///< big-endian numbers in one element
};

/// Errors: unknown_dtype (numbers with bits that no library has), unsupported (references,
/// sequences of variable length, times), overflow, limit_nodes; all with `offset`.
Result<Hdf5Element> hdf5_element(const hdf5::Datatype& type, std::uint64_t offset);

/// Reverses what is to be reversed in each element. A rest that is no whole element stays.
void reverse_elements(std::span<std::byte> bytes, const Hdf5Element& element);

}  // namespace pratique::loader
