#include <array>
#include <bit>
#include <boost/test/unit_test.hpp>
#include <cmath>

#include "formats/gguf/dequantize.h"

using namespace pratique;
using namespace std::string_literals;

namespace {

/// Bytes that look random and are the same everywhere.
std::string noise(std::size_t count, std::uint64_t seed) {
    std::string out;
    for (std::uint64_t x = seed; out.size() < count;) {
        x = x * 6364136223846793005U + 1442695040888963407U;
        out.push_back(static_cast<char>(x >> 56));
    }
    return out;
}

std::vector<float> values(gguf::Type type, const std::string& blocks) {
    const gguf::Block& block = gguf::block_of(type);
    std::vector<float> out(blocks.size() / block.bytes * block.elements);
    BOOST_TEST_REQUIRE(!!gguf::dequantize(type, as_bytes(blocks), out));
    return out;
}

/// FNV-1a over the numbers' bits; a NaN is a NaN.
std::uint64_t digest(const std::vector<float>& numbers) {
    std::uint64_t hash = 14695981039346656037U;
    for (const float number : numbers) {
        const auto bits = std::isnan(number) ? 0x7fc00000U : std::bit_cast<std::uint32_t>(number);
        hash = (hash ^ bits) * 1099511628211U;
    }
    return hash;
}

constexpr std::uint32_t kFirstType = 2;
constexpr std::uint32_t kLastType = 42;

}  // namespace

BOOST_AUTO_TEST_SUITE(gguf_dequantize)

// Computed with gguf.quants.dequantize of gguf-py 0.19 over the same bytes; see
// tests/interop/gguf_safetensors.py, which compares with it directly.
BOOST_AUTO_TEST_CASE(as_the_reference_has_it_bit_for_bit) {
    struct Row {
        gguf::Type type;
        std::uint64_t digest;
    };
    constexpr auto kRows = std::to_array<Row>({
        {gguf::Type::Q4_0, 0xafe431205ecb1725},    {gguf::Type::Q4_1, 0x4213e3ba5ef149b3},
        {gguf::Type::Q5_0, 0xd24e9c3fc07cd725},    {gguf::Type::Q5_1, 0xf78b905355e92ea0},
        {gguf::Type::Q8_0, 0xefe91bdf0eb3eaa5},    {gguf::Type::Q2_K, 0x717acc42dce22b22},
        {gguf::Type::Q3_K, 0xcf57ffca56635765},    {gguf::Type::Q4_K, 0xdcf44ef97c965f7a},
        {gguf::Type::Q5_K, 0xe608cc43ba285559},    {gguf::Type::Q6_K, 0x833f7fddb9f47fc7},
        {gguf::Type::IQ2_XXS, 0x406ba1e63c1af679}, {gguf::Type::IQ2_XS, 0xb190530b5f2e74f9},
        {gguf::Type::IQ3_XXS, 0x8afa43b6e7c0967d}, {gguf::Type::IQ1_S, 0x03a50694e15557e5},
        {gguf::Type::IQ4_NL, 0x188e9efc9ef92265},  {gguf::Type::IQ3_S, 0x0105a2c00ce7a4c5},
        {gguf::Type::IQ2_S, 0x0c4b38b3d0186265},   {gguf::Type::IQ4_XS, 0xb5985cb8dbd9e539},
        {gguf::Type::IQ1_M, 0xb9c069d1e6fb86c5},   {gguf::Type::TQ1_0, 0x6fd191dda89d2325},
        {gguf::Type::TQ2_0, 0x96b8a256ac07a325},   {gguf::Type::MXFP4, 0x3c8d4592e36ec325},
        {gguf::Type::NVFP4, 0x7f8abc2fbeff6325},
    });
    for (const Row& row : kRows) {
        const gguf::Block& block = gguf::block_of(row.type);
        BOOST_TEST_CONTEXT(block.name) {
            const auto blocks =
                noise(std::size_t{64} * block.bytes, static_cast<std::uint64_t>(row.type));
            BOOST_TEST(digest(values(row.type, blocks)) == row.digest);
        }
    }
}

BOOST_AUTO_TEST_CASE(what_the_reference_lacks_follows_the_definition) {
    // 2.0 as a float32, then one byte for each value, then sums that nothing needs.
    const auto q8_k = values(gguf::Type::Q8_K, "\0\0\0\x40\x01\xff\x80"s + std::string(285, '\0'));
    BOOST_TEST(q8_k[0] == 2.0F);
    BOOST_TEST(q8_k[1] == -2.0F);
    BOOST_TEST(q8_k[2] == -256.0F);
    BOOST_TEST(q8_k[3] == 0.0F);
    // 1.5 as a float16, then one bit for each value.
    const auto q1_0 = values(gguf::Type::Q1_0, "\0\x3e\x05"s + std::string(15, '\0'));
    BOOST_TEST(q1_0[0] == 1.5F);
    BOOST_TEST(q1_0[1] == -1.5F);
    BOOST_TEST(q1_0[2] == 1.5F);
    BOOST_TEST(q1_0[127] == -1.5F);
    // Two bits for each value: -1, 0, 1, 2.
    const auto q2_0 = values(gguf::Type::Q2_0, "\0\x3e\xe4"s + std::string(15, '\0'));
    BOOST_TEST(q2_0[0] == -1.5F);
    BOOST_TEST(q2_0[1] == 0.0F);
    BOOST_TEST(q2_0[2] == 1.5F);
    BOOST_TEST(q2_0[3] == 3.0F);
    BOOST_TEST(q2_0[4] == -1.5F);
}

BOOST_AUTO_TEST_CASE(halves_of_every_kind) {
    const auto scale = [](std::uint32_t half) {
        std::string block(34, '\1');
        block[0] = static_cast<char>(half);
        block[1] = static_cast<char>(half >> 8);
        return values(gguf::Type::Q8_0, block)[0];
    };
    BOOST_TEST(scale(0x3c00) == 1.0F);
    BOOST_TEST(scale(0xc000) == -2.0F);
    BOOST_TEST(scale(0x7bff) == 65504.0F);
    BOOST_TEST(scale(0x0001) == 0x1p-24F);
    BOOST_TEST(scale(0x83ff) == -0x3ffp-24F);
    BOOST_TEST(scale(0x0400) == 0x1p-14F);
    BOOST_TEST(std::signbit(scale(0x8000)));
    BOOST_TEST(std::isinf(scale(0xfc00)));
    BOOST_TEST(std::isnan(scale(0x7c01)));
}

BOOST_AUTO_TEST_CASE(what_is_not_known_for_certain_is_refused) {
    for (std::uint32_t id = kFirstType; id <= kLastType; ++id) {
        const auto type = gguf::type_from(id);
        if (!type) continue;
        const gguf::Block& block = gguf::block_of(*type);
        const bool known = block.elements > 1 && *type != gguf::Type::Q8_1;
        BOOST_TEST_CONTEXT(block.name) { BOOST_TEST(gguf::can_dequantize(*type) == known); }
    }
    std::vector<float> out(32);
    const std::string block(36, '\0');
    BOOST_TEST((gguf::dequantize(gguf::Type::Q8_1, as_bytes(block), out).error().code ==
                Errc::unsupported));
}

BOOST_AUTO_TEST_CASE(only_whole_blocks_fit) {
    const std::string blocks(36, '\0');
    const auto fits = [&](std::size_t bytes, std::size_t count) {
        std::vector<float> out(count);
        return !!gguf::dequantize(gguf::Type::Q4_0, as_bytes(blocks.substr(0, bytes)), out);
    };
    BOOST_TEST(fits(36, 64));
    BOOST_TEST(fits(0, 0));
    BOOST_TEST(!fits(36, 32));
    BOOST_TEST(!fits(18, 64));
    BOOST_TEST(!fits(35, 64));
    BOOST_TEST(!fits(36, 65));
}

BOOST_AUTO_TEST_SUITE_END()
