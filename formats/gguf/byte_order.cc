#include "formats/gguf/byte_order.h"

#include <algorithm>
#include <array>

namespace pratique::gguf {
namespace {

constexpr std::size_t kMostNumbers = 2;

/// Where a block has its numbers of 16 bits.
struct Row {
    Type type;
    std::size_t count;
    std::array<std::uint16_t, kMostNumbers> places;
};

constexpr auto kRows = std::to_array<Row>({
    {Type::Q4_0, 1, {0}},
    {Type::Q4_1, 2, {0, 2}},
    {Type::Q8_0, 1, {0}},
    {Type::Q8_1, 2, {0, 2}},
    {Type::Q2_K, 2, {80, 82}},
    {Type::Q3_K, 1, {108}},
    {Type::Q4_K, 2, {0, 2}},
    {Type::Q5_K, 2, {0, 2}},
    {Type::Q6_K, 1, {208}},
    {Type::IQ4_NL, 1, {0}},
    {Type::IQ4_XS, 2, {0, 2}},
    {Type::TQ1_0, 1, {52}},
    {Type::TQ2_0, 1, {64}},
    {Type::MXFP4, 0, {}},
    {Type::NVFP4, 0, {}},
    {Type::Q1_0, 1, {0}},
    {Type::Q2_0, 1, {0}},
});

}  // namespace

Status swap_blocks(Type type, std::span<std::byte> blocks) {
    const auto* row =
        std::find_if(kRows.begin(), kRows.end(), [&](const Row& r) { return r.type == type; });
    if (row == kRows.end()) return Error{Errc::unsupported, 0};
    const std::size_t size = block_of(type).bytes;
    if (blocks.size() % size != 0) return Error{Errc::size_mismatch, 0};
    for (; !blocks.empty(); blocks = blocks.subspan(size)) {
        for (const std::size_t place : std::span(row->places).first(row->count)) {
            std::swap(blocks[place], blocks[place + 1]);
        }
    }
    return {};
}

}  // namespace pratique::gguf
