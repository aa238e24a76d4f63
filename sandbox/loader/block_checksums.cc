#include "sandbox/loader/block_checksums.h"

#include <zlib.h>

#include <utility>

namespace pratique::loader {
namespace {

constexpr std::uint64_t first_block_behind(std::uint64_t offset) {
    return offset / kChecksumBlock + (offset % kChecksumBlock != 0 ? 1 : 0);
}

}  // namespace

BlockChecksums::BlockChecksums(std::vector<std::uint32_t> blocks)
    : blocks_(std::move(blocks)),
      append_block_(static_cast<std::uint32_t>(::crc32_combine_gen(kChecksumBlock))) {}

bool BlockChecksums::covers(std::uint64_t offset, std::uint64_t size) const {
    const std::uint64_t end = (offset + size) / kChecksumBlock;
    return first_block_behind(offset) < end && end <= blocks_.size();
}

std::uint32_t BlockChecksums::of(
    std::uint64_t offset, std::uint64_t size,
    const std::function<std::uint32_t(std::uint64_t, std::uint64_t)>& read) const {
    const std::uint64_t begin = first_block_behind(offset);
    const std::uint64_t end = (offset + size) / kChecksumBlock;
    std::uint32_t crc = read(offset, begin * kChecksumBlock - offset);
    for (std::uint64_t block = begin; block < end; ++block) {
        crc = static_cast<std::uint32_t>(::crc32_combine_op(crc, blocks_[block], append_block_));
    }
    const std::uint64_t left = offset + size - end * kChecksumBlock;
    const std::uint32_t edge = read(end * kChecksumBlock, left);
    return static_cast<std::uint32_t>(::crc32_combine(crc, edge, static_cast<z_off_t>(left)));
}

}  // namespace pratique::loader
