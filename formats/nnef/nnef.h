// A tensor of NNEF, Khronos' exchange format; its graph is text beside it.
//
//   4e ef | u8 major 1, u8 minor | u32 bytes | u32 rank | 8 u32 extents | u32 bits of an element |
//   u32 type | 76 bytes | elements                           little-endian
//
// Source: NNEF 1.0.5, "Tensor File Format".
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace pratique::nnef {

/// The magic, version 1, and a rank.
bool recognise(Bytes bytes);

/// Where the elements end. Errors: truncated, limit_rank, overflow, size_mismatch (the bytes are
/// not those of the extents). Thread-safe.
Result<std::uint64_t> measure(Bytes bytes);

}  // namespace pratique::nnef
