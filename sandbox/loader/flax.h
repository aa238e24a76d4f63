// Flax: MessagePack with arrays in it. Tensors lie in the file as they are needed; arrays in pieces
// are put together in the output, and types below eight bits, one element per byte here, are
// packed.
#pragma once

#include "sandbox/loader/load.h"

namespace pratique::loader {

/// Format "flax". The tree around the tensors becomes the structure. Errors: those of
/// msgpack::read() and flax::read_array(), duplicate_key, bad_header (a key that is no text),
/// unknown_dtype, size_mismatch, bad_number (put_narrow()), limit_memory (names), those of
/// Load::add().
Status load_flax(Load& load, Bytes bytes);

}  // namespace pratique::loader
