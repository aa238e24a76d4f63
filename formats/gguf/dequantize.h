// Blocks of quantised values as the numbers that they stand for.
//
// Source: ggml/src/ggml-quants.c (dequantize_row_*), gguf-py/gguf/quants.py; the results are those
// of the latter bit for bit.
#pragma once

#include <span>

#include "base/bytes.h"
#include "base/result.h"
#include "formats/gguf/types.h"

namespace pratique::gguf {

/// Whether the values of this type are known for certain.
bool can_dequantize(Type type);

/// Fills `out` with the values of whole little-endian blocks. Errors: unsupported (see above),
/// size_mismatch (`blocks` and `out` are not as many values). Thread-safe.
Status dequantize(Type type, Bytes blocks, std::span<float> out);

}  // namespace pratique::gguf
