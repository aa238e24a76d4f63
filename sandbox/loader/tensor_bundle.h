// TensorFlow checkpoints: the index is loaded, and its shards are the companions. Tensors lie in
// them as they are needed, but for big-endian ones, types below eight bits, and variables that were
// partitioned: these are put together in the output, for which the bytes of the shards must be
// there.
#pragma once

#include "sandbox/loader/load.h"

namespace pratique::loader {

/// Format "tensor-bundle". Errors: those of tensorbundle::read_bundle(), bad_name (the index is not
/// called <prefix>.index), missing_record (a slice without an entry), size_mismatch and overlap
/// (slices that do not make up the whole), bad_checksum (with Options::verify, if the bytes are
/// there), unsupported, those of Load::add().
Status load_tensor_bundle(Load& load, Bytes bytes);

}  // namespace pratique::loader
