// The IQ types: several values together are one number, a place in a table of the combinations that
// are common. Signs are kept apart; blocks have 256 values, those of IQ4_NL 32.

#include <array>
#include <bit>

#include "formats/gguf/block.h"
#include "formats/gguf/grids.h"

namespace pratique::gguf {
namespace {

constexpr std::array<std::int32_t, 4> kOf2 = {0x08, 0x19, 0x2b, 0};
constexpr std::array<std::int32_t, 4> kOf1 = {-1, 0, 1, 0};
constexpr std::array<std::int32_t, 16> kOf4 = {-127, -104, -83, -65, -49, -35, -22, -10,
                                               1,    13,   25,  38,  53,  69,  89,  113};
constexpr std::array<std::int32_t, 8> kOf3Xxs = {0x04, 0x0c, 0x14, 0x1c, 0x24, 0x2c, 0x34, 0x3e};

/// Value `i` of eight, two bits each.
std::int32_t of_two_bits(const std::array<std::int32_t, 4>& values, std::uint32_t packed,
                         std::size_t i) {
    return values.at(packed >> (2 * i) & 3);
}

/// Eight signs from seven bits: the number of minus signs is even.
std::uint32_t even_signs(std::uint32_t seven) {
    return seven | static_cast<std::uint32_t>(std::popcount(seven) & 1) << 7;
}

float with_sign(float value, std::uint32_t signs, std::size_t i) {
    return value * ((signs >> i & 1) != 0 ? -1.0F : 1.0F);  // leaves the sign of a NaN alone
}

/// Eight values from one entry of a grid of two bits.
void eight(Values out, float scale, std::uint32_t packed, std::uint32_t signs) {
    for (std::size_t i = 0; i < 8; ++i) {
        out[i] = with_sign(scale * to_float(of_two_bits(kOf2, packed, i)), signs, i);
    }
}

void iq2_xxs(BlockView block, Values out) {
    const float d = block.f16(0);
    for (std::size_t k = 0; k < 32; ++k) {
        const std::size_t group = 2 + k / 4 * 8;
        const std::uint32_t word = block.u32(group + 4);
        const float scale = d * (0.5F + to_float(word >> 28)) * 0.25F;
        eight(out.subspan(k * 8, 8), scale, kGrid2Xxs.at(block.u8(group + k % 4)),
              even_signs(word >> (7 * (k % 4)) & 127));
    }
}

void iq2_xs(BlockView block, Values out) {
    const float d = block.f16(0);
    for (std::size_t k = 0; k < 32; ++k) {
        const std::uint32_t code = block.u16(2 + k * 2);
        const std::uint32_t scale = block.bits(66 + k / 4, k / 2 % 2 * 4, 4);
        eight(out.subspan(k * 8, 8), d * (0.5F + to_float(scale)) * 0.25F, kGrid2Xs.at(code & 511),
              even_signs(code >> 9));
    }
}

void iq2_s(BlockView block, Values out) {
    const float d = block.f16(0);
    for (std::size_t k = 0; k < 32; ++k) {
        const std::uint32_t code = block.u8(2 + k) | block.bits(66 + k / 4, k % 4 * 2, 2) << 8;
        const std::uint32_t scale = block.bits(74 + k / 4, k / 2 % 2 * 4, 4);
        eight(out.subspan(k * 8, 8), d * (0.5F + to_float(scale)) * 0.25F, kGrid2S.at(code),
              block.u8(34 + k));
    }
}

void iq3_xxs(BlockView block, Values out) {
    const float d = block.f16(0);
    for (std::size_t k = 0; k < 64; ++k) {
        const std::uint32_t word = block.u32(66 + k / 8 * 4);
        const float scale = d * (0.5F + to_float(word >> 28)) * 0.5F;
        const std::uint32_t signs = even_signs(word >> (7 * (k / 2 % 4)) & 127);
        const std::uint32_t packed = kGrid3Xxs.at(block.u8(2 + k));
        for (std::size_t i = 0; i < 4; ++i) {
            const float value = scale * to_float(kOf3Xxs.at(packed >> (4 * i) & 7));
            out[k * 4 + i] = with_sign(value, signs, k % 2 * 4 + i);
        }
    }
}

void iq3_s(BlockView block, Values out) {
    const float d = block.f16(0);
    for (std::size_t k = 0; k < 64; ++k) {
        const float scale = d * to_float(1 + 2 * block.bits(106 + k / 16, k / 8 % 2 * 4, 4));
        const std::uint32_t code = block.u8(2 + k) | block.bits(66 + k / 8, k % 8, 1) << 8;
        const std::uint32_t packed = kGrid3S.at(code);
        for (std::size_t i = 0; i < 4; ++i) {
            const float value = scale * to_float(1 + 2 * (packed >> (4 * i) & 7));
            out[k * 4 + i] = with_sign(value, block.u8(74 + k / 2), k % 2 * 4 + i);
        }
    }
}

/// Eight values between two steps of the scale: minus, none or plus one, and a shift.
void eight_shifted(Values out, float scale, std::uint32_t packed, bool down) {
    const float shift = down ? -0.125F : 0.125F;
    for (std::size_t i = 0; i < 8; ++i) {
        out[i] = scale * (to_float(of_two_bits(kOf1, packed, i)) + shift);
    }
}

void iq1_s(BlockView block, Values out) {
    const float d = block.f16(0);
    for (std::size_t k = 0; k < 32; ++k) {
        const std::uint32_t high = block.u16(34 + k / 4 * 2);
        const std::uint32_t code = block.u8(2 + k) | (high >> (3 * (k % 4)) & 7) << 8;
        eight_shifted(out.subspan(k * 8, 8), d * to_float(2 * (high >> 12 & 7) + 1),
                      kGrid1.at(code), (high & 0x8000) != 0);
    }
}

/// The number that multiplies all has four bits in each of the words that hold the scales.
float factor_of_iq1_m(BlockView block) {
    std::uint32_t half = 0;
    for (std::size_t i = 0; i < 4; ++i) half |= (block.u16(48 + i * 2) >> 12) << (4 * i);
    return BlockView::half_to_float(half);
}

void iq1_m(BlockView block, Values out) {
    const float d = factor_of_iq1_m(block);
    for (std::size_t k = 0; k < 32; ++k) {
        const std::uint32_t high = block.bits(32 + k / 2, k % 2 * 4, 4);
        const std::uint32_t code = block.u8(k) | (high & 7) << 8;
        const std::size_t group = k / 2;
        const std::uint32_t scale = block.u16(48 + group / 4 * 2) >> (3 * (group % 4)) & 7;
        eight_shifted(out.subspan(k * 8, 8), d * to_float(2 * scale + 1), kGrid1.at(code),
                      (high & 8) != 0);
    }
}

void iq4_nl(BlockView block, Values out) {
    const float d = block.f16(0);
    for (std::size_t i = 0; i < out.size(); ++i) {
        const std::uint32_t code = block.bits(2 + i % 16, i / 16 * 4, 4);
        out[i] = d * to_float(kOf4.at(code));
    }
}

void iq4_xs(BlockView block, Values out) {
    const float d = block.f16(0);
    const std::uint32_t high = block.u16(2);
    for (std::size_t i = 0; i < out.size(); ++i) {
        const std::size_t group = i / 32;
        const std::uint32_t code =
            block.bits(4 + group / 2, group % 2 * 4, 4) | (high >> (2 * group) & 3) << 4;
        const float scale = d * to_float(static_cast<std::int32_t>(code) - 32);
        const std::uint32_t value = block.bits(8 + group * 16 + i % 16, i % 32 / 16 * 4, 4);
        out[i] = scale * to_float(kOf4.at(value));
    }
}

constexpr auto kRows = std::to_array<DecoderRow>({
    {Type::IQ1_S, iq1_s},
    {Type::IQ1_M, iq1_m},
    {Type::IQ2_XXS, iq2_xxs},
    {Type::IQ2_XS, iq2_xs},
    {Type::IQ2_S, iq2_s},
    {Type::IQ3_XXS, iq3_xxs},
    {Type::IQ3_S, iq3_s},
    {Type::IQ4_NL, iq4_nl},
    {Type::IQ4_XS, iq4_xs},
});

}  // namespace

std::span<const DecoderRow> iq_decoders() { return kRows; }

}  // namespace pratique::gguf
