// Blocks of a big-endian file as a little-endian one would have them. A block is made of bytes and
// of a few numbers of 16 bits, mostly scales; which bytes those are depends on the type.
//
// Source: ggml/src/ggml-common.h (the blocks), gguf-py/gguf/scripts/gguf_convert_endian.py.
#pragma once

#include <span>

#include "base/bytes.h"
#include "base/result.h"
#include "formats/gguf/types.h"

namespace pratique::gguf {

/// Reverses the numbers in whole blocks. Errors: unsupported, for types of which writers on
/// big-endian machines put some groups of bytes down as a number and some do not (Q5_0, Q5_1, Q8_K,
/// IQ1_*, IQ2_*, IQ3_*), and for plain types, which have no blocks; size_mismatch.
Status swap_blocks(Type type, std::span<std::byte> blocks);

}  // namespace pratique::gguf
