// GGUF files: plain tensors stay where they are, and so do quantised blocks unless they are wanted
// as numbers.
#pragma once

#include "sandbox/loader/load.h"

namespace pratique::loader {

/// `bytes` is the file or what was unpacked from it. Errors: those of gguf::read() and of
/// Load::add(); unsupported (blocks of a big-endian file that cannot be reordered, blocks that are
/// to become numbers and are not known well enough).
Status load_gguf(Load& load, Bytes bytes);

}  // namespace pratique::loader
