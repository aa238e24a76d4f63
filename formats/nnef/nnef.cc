#include "formats/nnef/nnef.h"

#include "base/checked.h"
#include "base/reader.h"

namespace pratique::nnef {
namespace {

constexpr std::uint64_t kHeader = 128;
constexpr std::uint32_t kMostRank = 8;
/// Elements that only their maker knows the size of, such as quantized blocks.
constexpr std::uint32_t kOwnElements = UINT32_MAX;

}  // namespace

bool recognise(Bytes bytes) {
    return starts_with(bytes, "\x4e\xef\x01") && bytes.size() >= kHeader;
}

Result<std::uint64_t> measure(Bytes bytes) {
    Reader in(bytes);
    TRY(in.skip(4));
    const std::uint64_t size = TRY(in.le<std::uint32_t>());
    const auto rank = TRY(in.le<std::uint32_t>());
    if (rank > kMostRank) return Error{Errc::limit_rank, 8};
    std::uint64_t bits = 1;
    for (std::uint32_t i = 0; i < kMostRank; ++i) {
        const std::uint64_t extent = TRY(in.le<std::uint32_t>());
        if (i < rank) bits = TRY(checked_mul(bits, extent, 12));
    }
    const std::uint64_t each = TRY(in.le<std::uint32_t>());
    bits = TRY(checked_mul(bits, each, 44));
    const std::uint64_t needed = bits / 8 + (bits % 8 != 0 ? 1 : 0);
    if (each != kOwnElements && needed != size) return Error{Errc::size_mismatch, 4};
    TRY(in.skip(kHeader - in.offset() + size));
    return in.offset();
}

}  // namespace pratique::nnef
