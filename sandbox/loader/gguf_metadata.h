// What a GGUF file says about itself, as inert data.
#pragma once

#include <cstdint>
#include <optional>

#include "formats/gguf/gguf.h"
#include "sandbox/loader/tree.h"

namespace pratique::loader {

/// A dict: format, version, byteorder, alignment, architecture and name where they are given, and
/// all pairs under "metadata". A long array is there with its type, its count and its first items.
/// `place` is where the parsed bytes lie in the file that is loaded, and nothing if they lie
/// elsewhere (were decompressed); where the pairs are is said only of a place.
TreeId gguf_metadata(Tree& tree, const gguf::File& file, std::optional<std::uint64_t> place);

}  // namespace pratique::loader
