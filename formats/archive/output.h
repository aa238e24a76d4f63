// Where decompressed bytes go. Memory is taken in chunks that double up to a fixed size and only as
// bytes really come out, so no size that a file states is ever allocated, nothing is moved while it
// grows, and the limits on amount and ratio are asked after every step.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "formats/archive/codec.h"

namespace pratique::archive {

class Output {
public:
    /// `input` is the size of what is decoded; `before` counts bytes that other outputs of the same
    /// input hold already and that share its limits.
    Output(const InflateLimits& limits, std::uint64_t input, std::uint64_t before = 0)
        : limits_(limits), input_(input), before_(before) {}

    /// Where the next bytes go: at least one, at most kStep. Empty when memory has run out.
    std::span<std::byte> room();

    /// Keeps the first `count` bytes of the last room(). Errors: limit_bytes, limit_ratio.
    std::optional<Errc> commit(std::size_t count);

    std::uint64_t size() const { return size_; }

    /// All bytes, as one; the output is empty afterwards. Error (offset 0): limit_memory.
    Result<std::vector<std::byte>> take();

private:
    static constexpr std::size_t kFirstChunk = 64 * kKiB;
    static constexpr std::size_t kLastChunk = 8 * kMiB;
    static constexpr std::size_t kStep = kMiB;

    struct Chunk {
        std::unique_ptr<std::byte[]> bytes;
        std::size_t size = 0;
        std::size_t used = 0;
    };

    bool grow();

    InflateLimits limits_;
    std::uint64_t input_;
    std::uint64_t before_;
    std::uint64_t size_ = 0;
    std::vector<Chunk> chunks_;
    // Takes the one byte that proves that the limit is too small.
    std::byte beyond_{};
};

}  // namespace pratique::archive
