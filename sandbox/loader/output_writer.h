// What is converted number by number goes to the output through this, in pieces: a write of its own
// for each number would be a system call for each.
#pragma once

#include "sandbox/loader/load.h"

namespace pratique::loader {

/// Collects bytes and hands them on in large pieces. finish() must be the last call.
class OutputWriter {
public:
    OutputWriter(Load& load, std::uint64_t offset) : load_(load), at_(offset) {}

    Status put(std::byte byte) {
        piece_.push_back(byte);
        return piece_.size() >= kPiece ? finish() : Status{};
    }
    /// The lowest `bytes` bytes, little-endian, of each number.
    Status put_numbers(std::span<const std::uint64_t> numbers, unsigned bytes);
    /// Errors: io.
    Status finish();

private:
    static constexpr std::size_t kPiece = 64 * kKiB;

    Load& load_;
    std::uint64_t at_;
    std::vector<std::byte> piece_;
};

}  // namespace pratique::loader
