#include "sandbox/loader/narrow.h"

namespace pratique::loader {
namespace {

/// Signed numbers may fill their byte with the sign, as they do in memory.
bool is_signed(const Dtype& dtype) {
    return dtype.scalar == Scalar::int4 || dtype.scalar == Scalar::int2;
}

}  // namespace

unsigned narrow_bits(const Dtype& dtype) {
    if (dtype.group <= 1) return 0;
    return static_cast<unsigned>(dtype.bytes * 8 / dtype.group);
}

Status Packer::put(std::uint64_t number) {
    const std::uint64_t low = number & ((std::uint64_t{1} << bits_) - 1);
    waiting_ |= low << waiting_bits_;
    waiting_bits_ += bits_;
    for (; waiting_bits_ >= 8; waiting_bits_ -= 8, waiting_ >>= 8) {
        TRY(out_.put(static_cast<std::byte>(waiting_)));
    }
    return {};
}

Status Packer::finish() {
    if (waiting_bits_ == 0) return {};
    waiting_bits_ = 0;
    return out_.put(static_cast<std::byte>(waiting_));
}

Status put_narrow(Load& load, Tensor& tensor, Bytes bytes, std::uint64_t offset) {
    if (bytes.size() != TRY(tensor.count())) return Error{Errc::size_mismatch, offset};
    const unsigned bits = narrow_bits(tensor.dtype);
    const std::uint64_t most = (std::uint64_t{1} << bits) - 1;
    const std::uint64_t sign = is_signed(tensor.dtype) ? most / 2 + 1 : most + 1;
    tensor.source = kOutput;
    tensor.offset = TRY(load.reserve(TRY(tensor.dtype.size_of(bytes.size()))));
    OutputWriter out(load, tensor.offset);
    Packer packer(out, bits);
    std::uint64_t at = offset;
    for (const std::byte byte : bytes) {
        const std::uint64_t number = std::to_integer<std::uint64_t>(byte);
        // 0xf8 … 0xff are -8 … -1 of int4; other formats leave the upper bits alone.
        const bool fits = number <= most || (sign <= most && number >= 0x100 - sign);
        if (!fits) return Error{Errc::bad_number, at};
        TRY(packer.put(number));
        ++at;
    }
    TRY(packer.finish());
    return out.finish();
}

}  // namespace pratique::loader
