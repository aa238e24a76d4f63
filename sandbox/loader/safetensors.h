// safetensors files, and the index that says which tensor lies in which of several of them.
#pragma once

#include "sandbox/loader/load.h"

namespace pratique::loader {

/// `bytes` is the file or what was unpacked from it. All tensors of a file stay where they are.
/// Errors: those of safetensors::read(), and of Load::add().
Status load_safetensors(Load& load, Bytes bytes);

/// "model.safetensors.index.json", "pytorch_model.bin.index.json": names the shards that are
/// wanted, each with its tensors, and holds none itself. Errors: those of
/// safetensors::read_index().
Status load_safetensors_index(Load& load, Bytes bytes);

}  // namespace pratique::loader
