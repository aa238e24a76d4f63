// HDF5 files as tensors: every dataset that holds numbers, records or fixed text, named by the
// groups on the way to it, in the order of their names. What lies in the file as it is needed stays
// there; chunks are put together and big-endian numbers reversed in the output.
//
// Nothing outside of the file is ever opened: links, elements and filters that would need it refuse
// the file. Weights that Keras wrote are such files, see docs/formats/keras.md.
#pragma once

#include "sandbox/loader/load.h"

namespace pratique::loader {

/// Loads the file. Errors: see docs/formats/hdf5.md.
Status load_hdf5(Load& load);
/// Loads `h5`, which is a member of the file or was decompressed from one; Load::place() is its
/// name. Offsets of errors count from its start. Adds `hdf5` to no format name: the caller says
/// what the file is. Returns its own metadata, which the caller puts where it belongs.
Result<TreeId> load_hdf5(Load& load, Bytes h5);

}  // namespace pratique::loader
