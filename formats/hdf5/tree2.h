// B-trees of version 2, which HDF5 uses for whatever has no tree of its own kind: links and
// attributes by the hash of their names, chunks by their place, large objects of a heap.
//
//   'BTHD' 00 | type | node bytes u32 | record bytes u16 | depth u16 | split, merge | root O |
//             records in the root u16 | all records L | checksum
//   'BTIN' 00 | type | record* | { child O | its records | all records below it }* | checksum
//   'BTLF' 00 | type | record* | checksum
//
// How many bytes a count in a child pointer takes follows from how many records would fit. Source:
// HDF5 File Format Specification 3.0, III.A.2.
#pragma once

#include <cstdint>
#include <functional>

#include "formats/hdf5/file.h"

namespace pratique::hdf5 {

// Types of records.
inline constexpr std::uint8_t kHugeObject = 1;
inline constexpr std::uint8_t kLinkByName = 5;
inline constexpr std::uint8_t kAttributeByName = 8;
inline constexpr std::uint8_t kChunk = 10;
inline constexpr std::uint8_t kFilteredChunk = 11;

/// Calls `visit` for each record, in no order. Errors: bad_magic, unsupported (another type than
/// `type`, a later version), bad_header, bad_checksum, overlap (a node in two places),
/// out_of_bounds, truncated, limit_depth, limit_steps, size_mismatch (another number of records
/// than stated), and those of `visit`.
Status walk_tree2(File& file, std::uint64_t header, std::uint8_t type,
                  const std::function<Status(Reader record)>& visit);

}  // namespace pratique::hdf5
