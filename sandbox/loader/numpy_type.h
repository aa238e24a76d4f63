// NumPy's types as the loader's: their spelling, and their numbers in this machine's byte order.
// Used wherever NumPy's arrays are: .npy and .npz files, pickles, joblib, msgpack.
#pragma once

#include <string>
#include <vector>

#include "formats/numpy/dtype.h"
#include "sandbox/loader/load.h"

namespace pratique::loader {

/// The type of one element, in little-endian order whatever the file's is. A sub-array at the top
/// is left to put_elements(). Errors: unknown_dtype, limit_depth.
Result<Dtype> dtype_of(const numpy::Dtype& type, std::uint64_t offset);

/// As the list of an .npy header spells it: "'<f4'", "[('a', '<i4'), ('b', '<f8', (2,))]".
std::string descr_of(const numpy::Dtype& type);

/// Makes `tensor`, whose shape and order are set, an array of `type` at `part`; numbers of the
/// other byte order are swapped into the output. Sub-arrays become dimensions. Errors:
/// size_mismatch (part is not as large as shape and type say), unknown_dtype, overflow, limit_rank.
Status put_elements(Load& load, Tensor& tensor, const numpy::Dtype& type, Bytes part,
                    std::uint64_t offset);

/// Strides of Fortran's order, the first index fastest.
std::vector<std::uint64_t> fortran_strides(const std::vector<std::uint64_t>& shape);

}  // namespace pratique::loader
