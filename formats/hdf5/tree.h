// B-trees of version 1: of a group's links, or of a dataset's chunks.
//
//   'TREE' | kind u8 | level u8 | entries u16 | left O | right O | key, child O, key, child O, …,
//   key
//
// Trees are walked from the root down, and a child must be one level below its parent and not have
// been seen before: a tree of n nodes costs n steps, whatever it says. Source: HDF5 File Format
// Specification 3.0, III.A.1.
#pragma once

#include <cstdint>
#include <functional>

#include "formats/hdf5/file.h"

namespace pratique::hdf5 {

enum class TreeKind : std::uint8_t { group = 0, chunks = 1 };

/// Calls `leaf` with the left key and the child's address, for each entry of the lowest level, in
/// no order. Errors: bad_magic, bad_header (kind or level), overlap (a node in two places),
/// out_of_bounds, truncated, limit_steps, and those of `leaf`.
Status walk_tree(File& file, std::uint64_t root, TreeKind kind, std::uint64_t key_bytes,
                 const std::function<Status(Reader key, std::uint64_t child)>& leaf);

}  // namespace pratique::hdf5
