// Snappy, as LevelDB's tables have it: raw, one block, without a checksum of its own.
//
//   length of what comes out: varint | elements
//   element: tag u8, its two lowest bits say what follows
//     0  literal: length - 1 in the upper six bits; 60 … 63: in the next one to four bytes | bytes
//     1  copy: length - 4 in bits 2–4, offset in bits 5–7 and the next byte
//     2  copy: length - 1 in the upper six bits, offset u16 LE        3  offset u32 LE
//
// Source: snappy/format_description.txt.
#pragma once

#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace pratique::tensorbundle {

/// The bytes that `compressed` stands for, if they are `most` at most. `at` is the offset of
/// compressed[0] in the artifact. Errors: truncated, bad_number, limit_bytes, bad_compression (a
/// copy from before the start, or another length than announced). Thread-safe.
Result<std::vector<std::byte>> unsnappy(Bytes compressed, std::uint64_t at, std::uint64_t most);

}  // namespace pratique::tensorbundle
