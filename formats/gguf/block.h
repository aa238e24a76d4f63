// What all quantised blocks are read with: fields at fixed places of a block of known size.
#pragma once

#include <bit>
#include <span>

#include "base/bytes.h"
#include "formats/gguf/types.h"

namespace pratique::gguf {

/// The bytes of one block. Places are the code's own, never the file's.
class BlockView {
public:
    explicit BlockView(Bytes bytes) : bytes_(bytes) {}

    std::uint32_t u8(std::size_t at) const { return std::to_integer<std::uint32_t>(bytes_[at]); }
    std::int32_t i8(std::size_t at) const { return static_cast<std::int8_t>(u8(at)); }
    std::uint32_t u16(std::size_t at) const { return u8(at) | u8(at + 1) << 8; }
    std::uint32_t u32(std::size_t at) const { return u16(at) | u16(at + 2) << 16; }
    float f16(std::size_t at) const { return half_to_float(u16(at)); }
    float f32(std::size_t at) const { return std::bit_cast<float>(u32(at)); }
    /// The `width` bits above the lowest `shift` of a byte.
    std::uint32_t bits(std::size_t at, std::size_t shift, std::uint32_t width) const {
        return u8(at) >> shift & ((1U << width) - 1);
    }

    /// IEEE 754 binary16.
    static float half_to_float(std::uint32_t half) {
        const std::uint32_t sign = (half & 0x8000U) << 16;
        const std::uint32_t exponent = half >> 10 & 0x1f;
        const std::uint32_t fraction = half & 0x3ff;
        if (exponent == 0x1f) return std::bit_cast<float>(sign | 0x7f800000U | fraction << 13);
        if (exponent != 0) {
            return std::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
        }
        const float size = static_cast<float>(fraction) * 0x1p-24F;
        return sign == 0 ? size : -size;
    }

private:
    Bytes bytes_;
};

using Values = std::span<float>;
/// Fills the values of one block.
using BlockDecoder = void (*)(BlockView block, Values out);

struct DecoderRow {
    Type type;
    BlockDecoder decode;
};

std::span<const DecoderRow> k_decoders();   ///< Q2_K to Q6_K
std::span<const DecoderRow> iq_decoders();  ///< IQ1_S to IQ4_XS

inline float to_float(std::int32_t number) { return static_cast<float>(number); }
inline float to_float(std::uint32_t number) { return static_cast<float>(number); }

}  // namespace pratique::gguf
