// Heaps that other structures keep their variable parts in: a group's names (local), texts of
// variable length (global).
//
//   'HEAP' 00 000 | bytes L | free L | data O                              data: texts, each up to
//   a NUL 'GCOL' 01 000 | bytes L | { index u16 | references u16 | 0 u32 | size L | data, padded to
//   8 }*
//
// Source: HDF5 File Format Specification 3.0, III.D and III.E.
#pragma once

#include <cstdint>
#include <string_view>

#include "formats/hdf5/file.h"

namespace pratique::hdf5 {

/// The data of a local heap. Errors: bad_magic, unsupported, out_of_bounds, truncated, limit_steps.
Result<Reader> read_local_heap(File& file, std::uint64_t address);

/// The text at `offset` of a local heap. Errors: out_of_bounds, truncated (no NUL).
Result<std::string_view> heap_text(const Reader& heap, std::uint64_t offset);

/// A reference to an object of a global heap, as elements of variable length hold it:
/// count u32 | collection O | index u32.
struct HeapReference {
    std::uint32_t count = 0;  ///< elements
    std::uint64_t collection = 0;
    std::uint32_t index = 0;
};
Result<HeapReference> read_heap_reference(const File& file, Reader& in);

/// The object; empty for a reference of count 0. Errors: bad_magic, unsupported, out_of_bounds,
/// truncated, missing_record, limit_steps.
Result<Bytes> read_global_object(File& file, const HeapReference& reference);

}  // namespace pratique::hdf5
