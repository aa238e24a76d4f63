// The two halves of spelling an HDF5 type: single numbers by what their bits say, records as NumPy
// writes them (numpy.dtype.descr), with what h5py adds to texts and enumerations.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "formats/hdf5/datatype.h"
#include "sandbox/loader/dtype.h"

namespace pratique::loader {

/// A number, bool or complex number; nothing for a compound. Errors: unknown_dtype (bits that no
/// library has), unsupported (no number at all); with `offset`.
Result<std::optional<Scalar>> hdf5_scalar(const hdf5::Datatype& type, std::uint64_t offset);

/// What x86 calls long double: 80 bits in 16 bytes.
bool is_extended(const hdf5::Datatype& type);

/// "'<i4'", "[('a', '<i4'), ('b', '|S2')]". Errors: as hdf5_scalar(); overlap (of two fields).
Result<std::string> hdf5_descr(const hdf5::Datatype& type, std::uint64_t offset);

}  // namespace pratique::loader
