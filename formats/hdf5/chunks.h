// Which chunks of a dataset are stored, and where. A dataset is cut into a grid of equal boxes;
// each stored one is a run of bytes that went through the filters by itself. Six kinds of index
// find them, each the best for some use; from here on they are all one sorted list.
#pragma once

#include <cstdint>
#include <vector>

#include "formats/hdf5/dataset.h"

namespace pratique::hdf5 {

struct Chunk {
    std::uint64_t position = 0;  ///< in the grid, row-major
    std::uint64_t address = 0;
    std::uint64_t size = 0;     ///< bytes as stored
    std::uint32_t skipped = 0;  ///< bit n: it did not go through filter n
};

/// Chunks along each dimension of `shape`.
std::vector<std::uint64_t> grid_of(const std::vector<std::uint64_t>& shape,
                                   const std::vector<std::uint64_t>& chunk);

/// The stored chunks that hold elements of the dataset, sorted by position. Those that a dataset
/// has beyond its present shape are left out. Errors: of walk_tree() and walk_tree2(), bad_magic,
/// bad_header, bad_checksum, unsupported, overflow, overlap (two chunks of one place, or in the
/// same bytes), limit_nodes (more than kMostChunks), limit_steps.
Result<std::vector<Chunk>> read_chunks(File& file, const Dataset& dataset);

/// A chunk of an 8 KiB page each makes 64 GiB of these.
inline constexpr std::size_t kMostChunks = 8'000'000;

/// Collects chunks; used by the readers of the single indexes.
class ChunkList {
public:
    ChunkList(const Dataset& dataset, std::vector<Chunk>& out);

    /// A chunk whose first element is at the element `offsets`.
    Status add_at(Chunk chunk, const std::vector<std::uint64_t>& offsets, std::uint64_t offset);
    /// A chunk of these coordinates in the grid.
    Status add_scaled(Chunk chunk, const std::vector<std::uint64_t>& scaled, std::uint64_t offset);
    /// The chunk of this number in an index that counts through the largest shape, in which the
    /// dimension without end, if any, changes slowest.
    Status add_numbered(Chunk chunk, std::uint64_t number, std::uint64_t offset);
    /// Numbers from here on lie outside of the dataset.
    Result<std::uint64_t> numbers() const;

    std::uint64_t chunk_bytes() const { return dataset_.layout.chunk_bytes; }

private:
    const Dataset& dataset_;
    std::vector<Chunk>& out_;
    std::vector<std::uint64_t> grid_;
    std::vector<std::uint64_t> most_;         ///< the grid of the largest shape
    std::vector<std::size_t> slowest_first_;  ///< dimensions, as add_numbered() counts
};

/// The two indexes that are arrays: of a shape with a largest one, and of one that grows in one
/// dimension without end.
Status read_fixed_array(File& file, std::uint64_t address, ChunkList& out);
Status read_extensible_array(File& file, std::uint64_t address, ChunkList& out);

}  // namespace pratique::hdf5
