// The K types: blocks of 256 values in groups of 16 or 32, each with a small scale of its own that
// one or two numbers of the block multiply.

#include <array>

#include "formats/gguf/block.h"

namespace pratique::gguf {
namespace {

/// Two bits of value i, where 32 bytes hold four runs of 32 values.
std::uint32_t two_bits(BlockView block, std::size_t start, std::size_t i) {
    return block.bits(start + i / 128 * 32 + i % 32, i % 128 / 32 * 2, 2);
}

/// Four bits of value i, where 32 bytes hold two runs of 32 values.
std::uint32_t four_bits(BlockView block, std::size_t start, std::size_t i) {
    return block.bits(start + i / 64 * 32 + i % 32, i % 64 / 32 * 4, 4);
}

/// One bit of value i, where 32 bytes hold eight runs of 32 values.
std::uint32_t one_bit(BlockView block, std::size_t start, std::size_t i) {
    return block.bits(start + i % 32, i / 32, 1);
}

void q2_k(BlockView block, Values out) {
    const float d = block.f16(80);
    const float dmin = block.f16(82);
    for (std::size_t i = 0; i < out.size(); ++i) {
        const float scale = d * to_float(block.bits(i / 16, 0, 4));
        const float least = dmin * to_float(block.bits(i / 16, 4, 4));
        out[i] = scale * to_float(two_bits(block, 16, i)) - least;
    }
}

/// Sixteen scales of six bits in twelve bytes: the low four of all first.
std::int32_t scale_of_q3_k(BlockView block, std::size_t group) {
    const std::uint32_t low = block.bits(96 + group % 8, group / 8 * 4, 4);
    const std::uint32_t high = block.bits(104 + group % 4, group / 4 * 2, 2);
    return static_cast<std::int32_t>(low | high << 4) - 32;
}

void q3_k(BlockView block, Values out) {
    const float d = block.f16(108);
    for (std::size_t i = 0; i < out.size(); ++i) {
        const float scale = d * to_float(scale_of_q3_k(block, i / 16));
        const std::int32_t offset = one_bit(block, 0, i) != 0 ? 0 : 4;
        out[i] = scale * to_float(static_cast<std::int32_t>(two_bits(block, 32, i)) - offset);
    }
}

struct ScaleAndLeast {
    float scale;
    float least;
};

/// Eight pairs of six bits in the twelve bytes from 4 on, behind the numbers that multiply them.
ScaleAndLeast pair_of(BlockView block, std::size_t group) {
    const float d = block.f16(0);
    const float dmin = block.f16(2);
    if (group < 4) {
        return {d * to_float(block.bits(4 + group, 0, 6)),
                dmin * to_float(block.bits(8 + group, 0, 6))};
    }
    const std::size_t i = group - 4;
    const std::uint32_t scale = block.bits(12 + i, 0, 4) | block.bits(4 + i, 6, 2) << 4;
    const std::uint32_t least = block.bits(12 + i, 4, 4) | block.bits(8 + i, 6, 2) << 4;
    return {d * to_float(scale), dmin * to_float(least)};
}

void q4_k(BlockView block, Values out) {
    for (std::size_t group = 0; group < 8; ++group) {
        const ScaleAndLeast pair = pair_of(block, group);
        for (std::size_t i = group * 32; i < group * 32 + 32; ++i) {
            out[i] = pair.scale * to_float(four_bits(block, 16, i)) - pair.least;
        }
    }
}

void q5_k(BlockView block, Values out) {
    for (std::size_t group = 0; group < 8; ++group) {
        const ScaleAndLeast pair = pair_of(block, group);
        for (std::size_t i = group * 32; i < group * 32 + 32; ++i) {
            const std::uint32_t code = four_bits(block, 48, i) | one_bit(block, 16, i) << 4;
            out[i] = pair.scale * to_float(code) - pair.least;
        }
    }
}

void q6_k(BlockView block, Values out) {
    const float d = block.f16(208);
    for (std::size_t i = 0; i < out.size(); ++i) {
        const float scale = d * to_float(block.i8(192 + i / 16));
        const std::uint32_t low = block.bits(i / 128 * 64 + i % 64, i % 128 / 64 * 4, 4);
        const std::uint32_t code = low | two_bits(block, 128, i) << 4;
        out[i] = scale * to_float(static_cast<std::int32_t>(code) - 32);
    }
}

constexpr auto kRows = std::to_array<DecoderRow>({
    {Type::Q2_K, q2_k},
    {Type::Q3_K, q3_k},
    {Type::Q4_K, q4_k},
    {Type::Q5_K, q5_k},
    {Type::Q6_K, q6_k},
});

}  // namespace

std::span<const DecoderRow> k_decoders() { return kRows; }

}  // namespace pratique::gguf
