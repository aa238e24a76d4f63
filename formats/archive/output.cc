#include "formats/archive/output.h"

#include <algorithm>
#include <new>

#include "base/checked.h"

namespace pratique::archive {

bool Output::grow() {
    const std::size_t size =
        chunks_.empty() ? kFirstChunk : std::min(2 * chunks_.back().size, kLastChunk);
    Chunk chunk{std::unique_ptr<std::byte[]>(new (std::nothrow) std::byte[size]), size, 0};
    if (chunk.bytes == nullptr) return false;
    chunks_.push_back(std::move(chunk));
    return true;
}

std::span<std::byte> Output::room() {
    const std::uint64_t total = saturating_add(before_, size_);
    if (total >= limits_.bytes) return std::span(&beyond_, 1);
    if (chunks_.empty() || chunks_.back().used == chunks_.back().size) {
        if (!grow()) return {};
    }
    const Chunk& chunk = chunks_.back();
    const std::span<std::byte> free = std::span(chunk.bytes.get(), chunk.size).subspan(chunk.used);
    const std::uint64_t allowed = std::min<std::uint64_t>(kStep, limits_.bytes - total);
    return free.first(std::min<std::size_t>(free.size(), allowed));
}

std::optional<Errc> Output::commit(std::size_t count) {
    if (count == 0) return {};
    const std::uint64_t before = saturating_add(before_, size_);
    if (before >= limits_.bytes) return Errc::limit_bytes;
    chunks_.back().used += count;
    size_ += count;
    const std::uint64_t total = saturating_add(before, std::uint64_t{count});
    const auto most = checked_mul(limits_.ratio, input_);
    if (total >= limits_.ratio_floor && most && total > *most) return Errc::limit_ratio;
    return {};
}

Result<std::vector<std::byte>> Output::take() {
    std::vector<std::byte> all;
    try {
        all.reserve(size_);
    } catch (const std::bad_alloc&) {
        chunks_.clear();
        return Error{Errc::limit_memory, 0};
    }
    for (Chunk& chunk : chunks_) {
        const auto used = std::span(chunk.bytes.get(), chunk.used);
        all.insert(all.end(), used.begin(), used.end());
        chunk.bytes.reset();  // so that both copies never exist at one time
    }
    chunks_.clear();
    size_ = 0;
    return all;
}

}  // namespace pratique::archive
