// Writes GGUF version 3, little-endian: what llama.cpp and its kin read.
//
//      "GGUF"  u32 3  u64 tensors  u64 values
//      per value    text key, u32 type, value
//      per tensor   text name, u32 n, u64 × n sizes (innermost first), u32 type, u64 offset
//      zeros up to a multiple of 32; then each tensor, and zeros up to the next multiple
//
// Source: ggml, gguf.cpp and docs/gguf.md.
#pragma once

#include "api/write/form.h"
#include "api/write/gguf_values.h"

namespace pratique::api {

/// Writes all of the plan, whose `values` are those of gguf_values(); does not commit the file.
/// Nothing is written of a plan that the format cannot hold: more than 4 dimensions, names of 64
/// bytes and more, types without a number. `raw_bits` writes unsigned integers as signed ones, and
/// others as those of their size.
Written write_gguf(const Plan& plan, const GgufValues& values, const Sources& sources,
                   bool raw_bits, TargetFile& file);

}  // namespace pratique::api
