// Where decompressed bytes go. Address space is set aside in proportion to the input, which is
// there already, and doubled as bytes really come out; no size that a file states is ever
// allocated. Memory that is set aside costs nothing until it is written to, and most streams never
// outgrow it, so what has come out is rarely moved. The limits are asked after every step.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <utility>
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

    std::uint64_t size() const { return used_; }

    /// All bytes; the output is used up.
    std::vector<std::byte> take();

private:
    static constexpr std::uint64_t kLeast = 4 * kKiB;
    static constexpr std::uint64_t kUsualRatio = 4;
    static constexpr std::uint64_t kStep = 256 * kKiB;

    bool extend(std::uint64_t allowed);
    bool reserve(std::uint64_t capacity);

    InflateLimits limits_;
    std::uint64_t input_;
    std::uint64_t before_;
    std::vector<std::byte> bytes_;
    std::size_t used_ = 0;
    // Takes the one byte that proves that the limit is too small.
    std::byte beyond_{};
};

}  // namespace pratique::archive
