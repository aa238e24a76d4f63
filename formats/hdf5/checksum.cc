#include "formats/hdf5/checksum.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "base/reader.h"

namespace pratique::hdf5 {
namespace {

using Words = std::array<std::uint32_t, 3>;

static_assert(std::endian::native == std::endian::little, "words are taken as they are");

/// Twelve bytes as three little-endian words; fewer are followed by zeros.
Words words_of(Bytes bytes) {
    Words out{};
    std::memcpy(out.data(), bytes.data(), bytes.size());
    return out;
}

void mix(Words& w) {
    auto& [a, b, c] = w;
    a -= c, a ^= std::rotl(c, 4), c += b;
    b -= a, b ^= std::rotl(a, 6), a += c;
    c -= b, c ^= std::rotl(b, 8), b += a;
    a -= c, a ^= std::rotl(c, 16), c += b;
    b -= a, b ^= std::rotl(a, 19), a += c;
    c -= b, c ^= std::rotl(b, 4), b += a;
}

void finish(Words& w) {
    auto& [a, b, c] = w;
    c ^= b, c -= std::rotl(b, 14);
    a ^= c, a -= std::rotl(c, 11);
    b ^= a, b -= std::rotl(a, 25);
    c ^= b, c -= std::rotl(b, 16);
    a ^= c, a -= std::rotl(c, 4);
    b ^= a, b -= std::rotl(a, 14);
    c ^= b, c -= std::rotl(b, 24);
}

}  // namespace

std::uint32_t lookup3(Bytes bytes) {
    constexpr std::size_t kBlock = 12;
    Words state;
    state.fill(0xDEADBEEF + static_cast<std::uint32_t>(bytes.size()));
    if (bytes.empty()) return state[2];
    const auto add = [&](Bytes block) {
        const Words words = words_of(block);
        for (std::size_t i = 0; i < words.size(); ++i) state[i] += words[i];
    };
    // The last block, full or not, is finished and not mixed.
    while (bytes.size() > kBlock) {
        add(bytes.first(kBlock));
        mix(state);
        bytes = bytes.subspan(kBlock);
    }
    add(bytes);
    finish(state);
    return state[2];
}

std::uint32_t fletcher32(Bytes bytes) {
    // So many words fit before 32 bits could overflow.
    constexpr std::size_t kRun = 360;
    const auto fold = [](std::uint32_t sum) { return (sum & 0xFFFF) + (sum >> 16); };
    std::uint32_t first = 0;
    std::uint32_t second = 0;
    const std::size_t words = bytes.size() / 2;
    for (std::size_t at = 0; at < words;) {
        for (const std::size_t end = std::min(words, at + kRun); at < end; ++at) {
            first += std::to_integer<std::uint32_t>(bytes[2 * at]) << 8 |
                     std::to_integer<std::uint32_t>(bytes[2 * at + 1]);
            second += first;
        }
        first = fold(first);
        second = fold(second);
    }
    if (bytes.size() % 2 != 0) {
        first = fold(first + (std::to_integer<std::uint32_t>(bytes.back()) << 8));
        second = fold(second + first);
    }
    return fold(second) << 16 | fold(first);
}

}  // namespace pratique::hdf5
