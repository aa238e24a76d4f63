#include "sandbox/loader/output_writer.h"

namespace pratique::loader {

Status OutputWriter::put_numbers(std::span<const std::uint64_t> numbers, unsigned bytes) {
    for (const std::uint64_t number : numbers) {
        const std::size_t at = piece_.size();
        piece_.resize(at + bytes);
        for (unsigned i = 0; i < bytes; ++i) {
            piece_[at + i] = static_cast<std::byte>(number >> (8 * i));
        }
        if (piece_.size() >= kPiece) TRY(finish());
    }
    return {};
}

Status OutputWriter::finish() {
    TRY(load_.output().write(at_, piece_));
    at_ += piece_.size();
    piece_.clear();
    return {};
}

}  // namespace pratique::loader
