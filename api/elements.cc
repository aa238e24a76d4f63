#include "api/elements.h"

#include <algorithm>
#include <array>
#include <limits>
#include <memory>

#include "base/checked.h"
#include "base/gather.h"

namespace pratique::api {
namespace {

using loader::Scalar;
using loader::Tensor;

struct Dimension {
    std::uint64_t extent = 1;
    std::uint64_t stride = 1;
};

/// The dimensions with those of one element left out, and joined where they are one run. Sizes and
/// strides were checked: products of them fit.
std::vector<Dimension> dimensions(const Tensor& tensor) {
    std::vector<Dimension> out;
    for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
        const Dimension next{tensor.shape[i], tensor.strides[i]};
        if (next.extent == 1) continue;
        if (!out.empty() && out.back().stride == next.extent * next.stride) {
            out.back() = {out.back().extent * next.extent, next.stride};
        } else {
            out.push_back(next);
        }
    }
    return out;
}

/// The numbers of an element of a type that has a sign, or wraps as if it had one.
struct Signs {
    Scalar scalar{};
    std::uint64_t number = 1;  ///< bytes
    std::uint64_t parts = 1;   ///< numbers per element
    bool integer = false;
};

constexpr auto kSigns = std::to_array<Signs>({
    {Scalar::float16, 2},
    {Scalar::bfloat16, 2},
    {Scalar::float32, 4},
    {Scalar::float64, 8},
    {Scalar::complex32, 2, 2},
    {Scalar::complex64, 4, 2},
    {Scalar::complex128, 8, 2},
    {Scalar::int8, 1, 1, true},
    {Scalar::uint8, 1, 1, true},
    {Scalar::int16, 2, 1, true},
    {Scalar::uint16, 2, 1, true},
    {Scalar::int32, 4, 1, true},
    {Scalar::uint32, 4, 1, true},
    {Scalar::int64, 8, 1, true},
    {Scalar::uint64, 8, 1, true},
});

const Signs* signs_of(Scalar scalar) {
    const auto* found = std::find_if(kSigns.begin(), kSigns.end(),
                                     [&](const Signs& row) { return row.scalar == scalar; });
    return found == kSigns.end() ? nullptr : found;
}

/// Two's complement, in place: everything above the lowest 1 is inverted.
void negate_integer(std::span<std::byte> number) {
    unsigned carry = 1;
    for (std::byte& byte : number) {
        carry += std::to_integer<unsigned>(~byte);
        byte = static_cast<std::byte>(carry & 0xff);
        carry >>= 8;
    }
}

/// Negates the elements (`neg`) and the imaginary parts (`conj`): both together leave those alone.
class Flip {
public:
    static Result<Flip> of(const Tensor& tensor) {
        Flip out;
        const Signs* signs = signs_of(tensor.dtype.scalar);
        const bool is_complex = signs != nullptr && signs->parts == 2;
        out.first_ = tensor.neg;
        // The conjugate of a real number is the number.
        out.second_ = is_complex && tensor.conj != tensor.neg;
        if (tensor.neg && signs == nullptr) return Error{Errc::unsupported, tensor.offset};
        if (signs != nullptr) out.signs_ = *signs;
        return out;
    }

    bool is_needed() const { return first_ || second_; }

    void apply(std::span<std::byte> elements) const {
        const std::uint64_t size = signs_.number;
        for (std::size_t at = 0, part = 0; at < elements.size(); at += size, ++part) {
            if (!(signs_.parts == 2 && part % 2 == 1 ? second_ : first_)) continue;
            const auto number = elements.subspan(at, size);
            if (signs_.integer) {
                negate_integer(number);
            } else {
                number.back() ^= std::byte{0x80};
            }
        }
    }

private:
    Signs signs_;
    bool first_ = false;
    bool second_ = false;
};

/// The buffer that pieces are gathered in.
class Pieces {
public:
    Pieces(const Tensor& tensor, Bytes source, Flip flip, const PieceSink& sink)
        : source_(source),
          unit_(tensor.dtype.bytes),
          room_(std::max<std::uint64_t>(kPiece / unit_, 1)),
          flip_(flip),
          sink_(sink),
          buffer_(std::make_unique_for_overwrite<std::byte[]>(room_ * unit_)) {}  // NOLINT

    /// The block at this offset in bytes; its rows are cut where the buffer ends.
    Status add(std::uint64_t offset, Block block) {
        while (block.rows != 0) {
            if (left() < std::min(block.columns, room_)) TRY(flush());
            Block part = block;
            if (block.columns <= room_) {
                part.rows = std::min(block.rows, left() / block.columns);
                TRY(copy(offset, part));
            } else {
                part.rows = 1;
                TRY(add_row(offset, block));
            }
            block.rows -= part.rows;
            // Wraps at most behind the last row, where it is not used.
            offset += part.rows * block.row_stride * unit_;
        }
        return {};
    }

    Status flush() {
        const std::span<std::byte> piece(buffer_.get(), used_ * unit_);
        used_ = 0;
        if (piece.empty()) return {};
        if (flip_.is_needed()) flip_.apply(piece);
        return sink_(piece);
    }

private:
    std::uint64_t left() const { return room_ - used_; }

    Status copy(std::uint64_t offset, const Block& block) {
        const std::uint64_t count = block.rows * block.columns;
        const std::span<std::byte> all(buffer_.get(), room_ * unit_);
        TRY(gather(all.subspan(used_ * unit_, count * unit_), source_, offset, block, unit_));
        used_ += count;
        return {};
    }

    /// One row that is longer than the buffer.
    Status add_row(std::uint64_t offset, const Block& block) {
        for (std::uint64_t done = 0; done < block.columns;) {
            if (left() == 0) TRY(flush());
            const std::uint64_t count = std::min(block.columns - done, left());
            TRY(copy(offset + done * block.column_stride * unit_,
                     {1, 0, count, block.column_stride}));
            done += count;
        }
        return {};
    }

    Bytes source_;
    std::uint64_t unit_;
    std::uint64_t room_;  ///< elements
    std::uint64_t used_ = 0;
    Flip flip_;
    const PieceSink& sink_;
    std::unique_ptr<std::byte[]> buffer_;  // NOLINT(*-c-arrays)
};

Status gather_all(const Tensor& tensor, Bytes source, Flip flip, const PieceSink& sink) {
    const std::vector<Dimension> all = dimensions(tensor);
    const std::size_t outer = all.size() < 2 ? 0 : all.size() - 2;
    Block block;
    if (!all.empty()) {
        block.columns = all.back().extent;
        block.column_stride = all.back().stride;
    }
    if (all.size() >= 2) {
        block.rows = all[outer].extent;
        block.row_stride = all[outer].stride;
    }
    Pieces pieces(tensor, source, flip, sink);
    std::array<std::uint64_t, loader::kMostDimensions> at{};
    for (std::uint64_t offset = tensor.offset;;) {
        TRY(pieces.add(offset, block));
        // One step of the odometer of the outer dimensions.
        std::size_t wheel = outer;
        for (; wheel != 0; --wheel) {
            const Dimension& dimension = all[wheel - 1];
            const std::uint64_t step = dimension.stride * tensor.dtype.bytes;
            if (++at[wheel - 1] < dimension.extent) {
                offset += step;
                break;
            }
            offset -= step * (dimension.extent - 1);
            at[wheel - 1] = 0;
        }
        if (wheel == 0) return pieces.flush();
    }
}

/// A dense tensor's own strides, so that there is one way to walk.
Tensor with_strides(const Tensor& tensor) {
    Tensor out;
    out.dtype = tensor.dtype;
    out.shape = tensor.shape;
    out.strides = tensor.strides;
    out.offset = tensor.offset;
    if (!out.strides.empty()) return out;
    out.strides.resize(out.shape.size());
    std::uint64_t stride = 1;
    for (std::size_t i = out.shape.size(); i-- > 0;) {
        out.strides[i] = stride;
        stride *= out.shape[i];
    }
    return out;
}

/// True if there is anything to hand out.
Result<bool> look(const Tensor& tensor, Bytes source) {
    TRY(check_form(tensor));
    if (!tensor.has_data()) return false;
    TRY(check_place(tensor, source.size()));
    return TRY(tensor.logical_bytes()) != 0;
}

}  // namespace

Result<std::optional<Bytes>> in_place(const Tensor& tensor, Bytes source) {
    if (!TRY(look(tensor, source))) return std::optional(Bytes{});
    if (TRY(Flip::of(tensor)).is_needed() || !tensor.is_contiguous()) return std::optional<Bytes>{};
    return std::optional(slice(source, tensor.offset, TRY(tensor.logical_bytes())));
}

Status for_each_piece(const Tensor& tensor, Bytes source, const PieceSink& sink) {
    if (!TRY(look(tensor, source))) return {};
    if (const auto whole = TRY(in_place(tensor, source))) {
        for (Bytes rest = *whole; !rest.empty(); rest = from(rest, kPiece)) {
            TRY(sink(slice(rest, 0, kPiece)));
        }
        return {};
    }
    return gather_all(with_strides(tensor), source, TRY(Flip::of(tensor)), sink);
}

}  // namespace pratique::api
