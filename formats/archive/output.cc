#include "formats/archive/output.h"

#include <algorithm>
#include <new>

#include "base/checked.h"

namespace pratique::archive {

bool Output::reserve(std::uint64_t capacity) {
    try {
        bytes_.reserve(capacity);
    } catch (const std::bad_alloc&) {
        return false;
    }
    return true;
}

// `allowed` is how many more bytes the limit lets through, one at least.
bool Output::extend(std::uint64_t allowed) {
    if (bytes_.size() == bytes_.capacity()) {
        const std::uint64_t most = used_ + allowed;
        const bool first = used_ == 0;
        const std::uint64_t usual = std::max(kLeast, std::min(input_, most) * kUsualRatio);
        const std::uint64_t wanted = first ? usual : 2 * std::uint64_t{used_};
        if (!reserve(std::min(most, wanted))) {
            if (!first || !reserve(std::min(most, kLeast))) return false;
        }
    }
    bytes_.resize(std::min(bytes_.capacity(), used_ + std::min(kStep, allowed)));
    return true;
}

std::span<std::byte> Output::room() {
    const std::uint64_t total = saturating_add<std::uint64_t>(before_, used_);
    if (total >= limits_.bytes) return std::span(&beyond_, 1);
    if (used_ == bytes_.size() && !extend(limits_.bytes - total)) return {};
    return std::span(bytes_).subspan(used_);
}

std::optional<Errc> Output::commit(std::size_t count) {
    if (count == 0) return {};
    const std::uint64_t before = saturating_add<std::uint64_t>(before_, used_);
    if (before >= limits_.bytes) return Errc::limit_bytes;
    used_ += count;
    const std::uint64_t total = saturating_add<std::uint64_t>(before, count);
    const auto most = checked_mul(limits_.ratio, input_);
    if (total >= limits_.ratio_floor && most && total > *most) return Errc::limit_ratio;
    return {};
}

std::vector<std::byte> Output::take() {
    bytes_.resize(used_);
    return std::move(bytes_);
}

}  // namespace pratique::archive
