// HDF5 files as tensors: every dataset that holds numbers, records or fixed text, named by the
// groups on the way to it, in the order of their names. What lies in the file as it is needed stays
// there; chunks are put together and big-endian numbers reversed in the output.
//
// Nothing outside of the file is ever opened: links, elements and filters that would need it refuse
// the file. Weights that Keras wrote are such files, see docs/formats/keras.md.
#pragma once

#include "sandbox/loader/load.h"

namespace pratique::loader {

/// Loads `bytes`, which are the file or what it was decompressed to. Errors: see
/// docs/formats/hdf5.md.
Status load_hdf5(Load& load, Bytes bytes);

/// Adds the tensors of `h5`, a member of the file that Load::place() names, and gives what it says
/// about itself, a dict. Errors as above; their offsets count from the start of `h5`.
Result<TreeId> load_hdf5_member(Load& load, Bytes h5);

}  // namespace pratique::loader
