// Puts the chunks of a dataset together in the output, one after the other. What is held in memory
// is one chunk, and the rows that a line of chunks covers where these fit into kBand: then the
// output is written in long runs, else piece by piece.
#pragma once

#include "formats/hdf5/chunks.h"
#include "sandbox/loader/hdf5_element.h"
#include "sandbox/loader/load.h"

namespace pratique::loader {

/// Bytes that may come out of chunks, of all datasets of one file together.
class ChunkBudget {
public:
    ChunkBudget(std::uint64_t file_bytes, const Limits& limits);

    /// Errors: limit_bytes (more than the limit for decompressed bytes, or four times the file
    /// where that is more), limit_ratio.
    Status spend(std::uint64_t bytes, std::uint64_t offset);

private:
    std::uint64_t spent_ = 0;
    std::uint64_t most_ = 0;
    std::uint64_t ratio_floor_ = 0;
    std::uint64_t most_by_ratio_ = 0;
};

/// The offset in the output of the assembled elements, `bytes` bytes. Errors: those of
/// hdf5::read_chunks() and hdf5::unfilter(), of the budget, of the output.
Result<std::uint64_t> assemble(Load& load, hdf5::File& file, const hdf5::Dataset& dataset,
                               const Hdf5Element& element, std::uint64_t bytes,
                               ChunkBudget& budget);

/// Fills `bytes` bytes of the output from `offset` on with the value that elements have which were
/// never written. Zeros cost nothing.
Status write_fill(Load& load, const hdf5::Dataset& dataset, const Hdf5Element& element,
                  std::uint64_t offset, std::uint64_t bytes, ChunkBudget& budget);

/// Writes `data` to the output with its big-endian numbers reversed.
Status write_reversed(Load& load, std::uint64_t offset, Bytes data, const Hdf5Element& element);

}  // namespace pratique::loader
