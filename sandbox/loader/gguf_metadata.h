// What a GGUF file says about itself, as inert data.
#pragma once

#include "formats/gguf/gguf.h"
#include "sandbox/loader/tree.h"

namespace pratique::loader {

/// A dict: format, version, byteorder, alignment, architecture and name where they are given, and
/// all pairs under "metadata". A long array is there with its type, its count and its first items.
TreeId gguf_metadata(Tree& tree, const gguf::File& file);

}  // namespace pratique::loader
