// The CRC-32 of any part of a file from those of its blocks: whoever copied the file had each block
// in a processor's cache anyway, and to read a gigabyte again only for this would cost as much as
// the copy.
//
//      |  block  |  block  |  block  |  block  |        each with a checksum
//            |·······part······|
//            edge  combined  edge                       edges are read, blocks are not
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/bytes.h"

namespace pratique::loader {

/// Bytes of a block; the last one of a file is shorter.
inline constexpr std::uint64_t kChecksumBlock = std::uint64_t{256} * 1024;

class BlockChecksums {
public:
    /// One for each block of the file from its start, or none at all.
    explicit BlockChecksums(std::vector<std::uint32_t> blocks = {});

    /// True if a part of `size` bytes at `offset` has whole blocks in it, and these have checksums.
    bool covers(std::uint64_t offset, std::uint64_t size) const;
    /// The checksum of such a part. `read(offset, size)` gives that of an edge.
    std::uint32_t of(std::uint64_t offset, std::uint64_t size,
                     const std::function<std::uint32_t(std::uint64_t, std::uint64_t)>& read) const;

private:
    std::vector<std::uint32_t> blocks_;
    std::uint32_t append_block_ = 0;  // zlib's operator for one whole block
};

}  // namespace pratique::loader
