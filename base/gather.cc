#include "base/gather.h"

#include <cstring>

#include "base/checked.h"

namespace pratique {
namespace {

/// A number of bytes that the compiler knows, so that a copy is one move.
template <std::size_t N>
struct Fixed {
    constexpr operator std::size_t() const { return N; }  // NOLINT(*-explicit-*)
};

/// Steps along rows where these lie closer together: reads that are neighbours share a cache line.
template <class Unit>
void copy_elements(std::span<std::byte> out, Bytes in, const Block& block, Unit unit) {
    const bool down = block.rows > 1 && block.row_stride < block.column_stride;
    const std::uint64_t outer = down ? block.columns : block.rows;
    const std::uint64_t inner = down ? block.rows : block.columns;
    const std::uint64_t outer_from = (down ? block.column_stride : block.row_stride) * unit;
    const std::uint64_t inner_from = (down ? block.row_stride : block.column_stride) * unit;
    const std::uint64_t outer_to = (down ? 1 : block.columns) * unit;
    const std::uint64_t inner_to = (down ? block.columns : 1) * unit;
    for (std::uint64_t o = 0; o < outer; ++o) {
        for (std::uint64_t i = 0; i < inner; ++i) {
            const std::byte& from = in[o * outer_from + i * inner_from];
            std::memcpy(&out[o * outer_to + i * inner_to], &from, unit);
        }
    }
}

void copy_rows(std::span<std::byte> out, Bytes in, const Block& block, std::uint64_t unit) {
    const std::uint64_t row = block.columns * unit;
    for (std::uint64_t r = 0; r < block.rows; ++r) {
        std::memcpy(&out[r * row], &in[r * block.row_stride * unit], row);
    }
}

/// Bytes from the first element to behind the last.
Result<std::uint64_t> extent(const Block& block, std::uint64_t unit, std::uint64_t offset) {
    const auto down = TRY(checked_mul(block.rows - 1, block.row_stride, offset));
    const auto along = TRY(checked_mul(block.columns - 1, block.column_stride, offset));
    const auto last = TRY(checked_add(down, along, offset));
    return checked_mul(TRY(checked_add(last, std::uint64_t{1}, offset)), unit, offset);
}

}  // namespace

Status gather(std::span<std::byte> out, Bytes source, std::uint64_t offset, const Block& block,
              std::uint64_t unit) {
    const auto elements = TRY(checked_mul(block.rows, block.columns, offset));
    const auto bytes = TRY(checked_mul(elements, unit, offset));
    if (bytes != out.size()) return Error{Errc::size_mismatch, offset};
    if (bytes == 0) return {};
    if (!fits(offset, TRY(extent(block, unit, offset)), source.size())) {
        return Error{Errc::out_of_bounds, offset};
    }
    const Bytes in = source.subspan(offset);
    if (block.column_stride == 1) {
        copy_rows(out, in, block, unit);
        return {};
    }
    switch (unit) {
        case 1: copy_elements(out, in, block, Fixed<1>{}); break;
        case 2: copy_elements(out, in, block, Fixed<2>{}); break;
        case 4: copy_elements(out, in, block, Fixed<4>{}); break;
        case 8: copy_elements(out, in, block, Fixed<8>{}); break;
        case 16: copy_elements(out, in, block, Fixed<16>{}); break;
        default: copy_elements(out, in, block, unit); break;
    }
    return {};
}

}  // namespace pratique
