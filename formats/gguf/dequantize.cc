#include "formats/gguf/dequantize.h"

#include <algorithm>
#include <array>

#include "formats/gguf/block.h"

namespace pratique::gguf {
namespace {

/// Values around a middle, as a multiple of one number.
template <class Code>
void centred(Values out, float d, std::int32_t middle, Code code) {
    for (std::size_t i = 0; i < out.size(); ++i) {
        out[i] = d * to_float(static_cast<std::int32_t>(code(i)) - middle);
    }
}

/// Values from a least one on.
template <class Code>
void shifted(Values out, float d, float m, Code code) {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = d * to_float(code(i)) + m;
}

// Blocks of 32 with 4 bits keep the first sixteen values in the low halves of the bytes.
std::uint32_t nibble(BlockView block, std::size_t start, std::size_t i) {
    return block.bits(start + i % 16, i / 16 * 4, 4);
}

void q4_0(BlockView block, Values out) {
    centred(out, block.f16(0), 8, [&](std::size_t i) { return nibble(block, 2, i); });
}

void q4_1(BlockView block, Values out) {
    shifted(out, block.f16(0), block.f16(2), [&](std::size_t i) { return nibble(block, 4, i); });
}

/// The fifth bits of all 32 values lie together.
std::uint32_t five_bits(BlockView block, std::size_t high, std::size_t i) {
    return nibble(block, high + 4, i) | block.bits(high + i / 8, i % 8, 1) << 4;
}

void q5_0(BlockView block, Values out) {
    centred(out, block.f16(0), 16, [&](std::size_t i) { return five_bits(block, 2, i); });
}

void q5_1(BlockView block, Values out) {
    shifted(out, block.f16(0), block.f16(2), [&](std::size_t i) { return five_bits(block, 4, i); });
}

void q8_0(BlockView block, Values out) {
    const float d = block.f16(0);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = d * to_float(block.i8(2 + i));
}

void q8_k(BlockView block, Values out) {
    const float d = block.f32(0);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = d * to_float(block.i8(4 + i));
}

void q1_0(BlockView block, Values out) {
    const float d = block.f16(0);
    for (std::size_t i = 0; i < out.size(); ++i) {
        out[i] = block.bits(2 + i / 8, i % 8, 1) != 0 ? d : -d;
    }
}

void q2_0(BlockView block, Values out) {
    const auto code = [&](std::size_t i) { return block.bits(2 + i / 4, i % 4 * 2, 2); };
    centred(out, block.f16(0), 1, code);
}

/// Five values of three in a byte, as a fraction of 256: each multiplication by 3 moves the next
/// one to the front. The last four bytes have four.
void tq1_0(BlockView block, Values out) {
    constexpr std::array<std::uint32_t, 5> kPowers = {1, 3, 9, 27, 81};
    const float d = block.f16(52);
    const auto decode = [&](std::size_t i, std::size_t at, std::size_t power) {
        const std::uint32_t front = block.u8(at) * kPowers.at(power) & 0xff;
        out[i] = d * to_float(static_cast<std::int32_t>(front * 3 >> 8) - 1);
    };
    for (std::size_t i = 0; i < 160; ++i) decode(i, i % 32, i / 32);
    for (std::size_t i = 0; i < 80; ++i) decode(160 + i, 32 + i % 16, i / 16);
    for (std::size_t i = 0; i < 16; ++i) decode(240 + i, 48 + i % 4, i / 4);
}

void tq2_0(BlockView block, Values out) {
    const auto code = [&](std::size_t i) {
        return block.bits(i / 128 * 32 + i % 32, i % 128 / 32 * 2, 2);
    };
    centred(out, block.f16(64), 1, code);
}

/// E2M1, doubled so that all are whole numbers.
constexpr std::array<std::int32_t, 16> kFourBitFloats = {0, 1,  2,  3,  4,  6,  8,  12,
                                                         0, -1, -2, -3, -4, -6, -8, -12};

void mxfp4(BlockView block, Values out) {
    // E8M0, halved for the above.
    const std::uint32_t e = block.u8(0);
    const float d = std::bit_cast<float>(e < 2 ? 0x00200000U << e : (e - 1) << 23);
    for (std::size_t i = 0; i < out.size(); ++i) {
        out[i] = d * to_float(kFourBitFloats.at(nibble(block, 1, i)));
    }
}

/// E4M3 without a sign, halved for the above.
float scale_of_nvfp4(std::uint32_t x) {
    if (x == 0x7f) return 0;  // NaN
    const std::uint32_t exponent = x >> 3 & 0xf;
    const float fraction = to_float(x & 7);
    if (exponent == 0) return fraction * 0x1p-10F;
    // 2 to the power of exponent - 7, halved.
    const float power = std::bit_cast<float>((exponent + 127 - 8) << 23);
    return (1 + fraction / 8) * power;
}

void nvfp4(BlockView block, Values out) {
    for (std::size_t i = 0; i < out.size(); ++i) {
        const std::size_t group = i / 16;
        const std::uint32_t code = block.bits(4 + group * 8 + i % 8, i % 16 / 8 * 4, 4);
        out[i] = scale_of_nvfp4(block.u8(group)) * to_float(kFourBitFloats.at(code));
    }
}

// Q8_1 is missing: ggml only uses it for sums under way and has no such function for it.
constexpr auto kRows = std::to_array<DecoderRow>({
    {Type::Q4_0, q4_0},
    {Type::Q4_1, q4_1},
    {Type::Q5_0, q5_0},
    {Type::Q5_1, q5_1},
    {Type::Q8_0, q8_0},
    {Type::Q8_K, q8_k},
    {Type::Q1_0, q1_0},
    {Type::Q2_0, q2_0},
    {Type::TQ1_0, tq1_0},
    {Type::TQ2_0, tq2_0},
    {Type::MXFP4, mxfp4},
    {Type::NVFP4, nvfp4},
});

BlockDecoder decoder_of(Type type) {
    for (const auto rows : {std::span<const DecoderRow>(kRows), k_decoders(), iq_decoders()}) {
        const auto row = std::find_if(rows.begin(), rows.end(),
                                      [&](const DecoderRow& r) { return r.type == type; });
        if (row != rows.end()) return row->decode;
    }
    return nullptr;
}

}  // namespace

bool can_dequantize(Type type) { return decoder_of(type) != nullptr; }

Status dequantize(Type type, Bytes blocks, std::span<float> out) {
    const BlockDecoder decode = decoder_of(type);
    if (decode == nullptr) return Error{Errc::unsupported, 0};
    const Block& block = block_of(type);
    const std::size_t count = blocks.size() / block.bytes;
    const bool fit = blocks.size() % block.bytes == 0 && out.size() % block.elements == 0 &&
                     out.size() / block.elements == count;
    if (!fit) return Error{Errc::size_mismatch, 0};
    for (std::size_t i = 0; i < count; ++i) {
        decode(BlockView(blocks.subspan(i * block.bytes, block.bytes)),
               out.subspan(i * block.elements, block.elements));
    }
    return {};
}

}  // namespace pratique::gguf
