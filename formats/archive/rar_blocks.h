// Where a rar archive ends. libarchive takes a rar file that breaks off anywhere for one that is
// complete, so the chain of blocks is followed here once more, headers only:
//
//     rar4   u16 crc | u8 type | u16 flags | u16 size | [flags & 8000: u32 data size] | … | data
//     rar5   u32 crc | vint size | vint type | vint flags | [flags & 1: vint extra size]
//            | [flags & 2: vint data size] | … | data       (size counts from behind itself)
//
// A vint has seven bits in a byte, the lowest first. Type 7b (rar4) or 5 (rar5) ends the archive.
// Sources: RAR 5.0 archive format, and technote.txt of RAR 4.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace pratique::archive {

/// The offset behind the block that ends the archive. Errors: truncated, bad_header (a block that
/// is shorter than its own header), bad_number (a vint that is too long).
Result<std::uint64_t> end_of_rar4(Bytes bytes);
Result<std::uint64_t> end_of_rar5(Bytes bytes);

}  // namespace pratique::archive
