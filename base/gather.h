// Elements at regular distances, copied to where they stand one behind the other: one check of the
// whole block, then plain loops.
#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "base/result.h"

namespace pratique {

/// Rows of columns; the strides count elements.
struct Block {
    std::uint64_t rows = 1;
    std::uint64_t row_stride = 0;
    std::uint64_t columns = 1;
    std::uint64_t column_stride = 1;
};

/// Copies the block whose first element stands at `offset` of `source` to `out`, row after row,
/// which must have its size exactly. Elements are of `unit` bytes. Errors: overflow; out_of_bounds,
/// with `offset`.
Status gather(std::span<std::byte> out, Bytes source, std::uint64_t offset, const Block& block,
              std::uint64_t unit);

}  // namespace pratique
