#include "formats/tensorbundle/crc32c.h"

#include <array>
#include <cstring>

namespace pratique::tensorbundle {
namespace {

constexpr std::uint32_t kPolynomial = 0x82f63b78;

constexpr std::array<std::uint32_t, 256> make_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t crc = i;
        for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? kPolynomial : 0);
        table[i] = crc;
    }
    return table;
}

constexpr std::array<std::uint32_t, 256> kTable = make_table();

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t crc32c_by_processor(Bytes bytes,
                                                                    std::uint32_t before) {
    std::uint64_t crc = ~before;
    for (; bytes.size() >= sizeof(std::uint64_t); bytes = bytes.subspan(sizeof(std::uint64_t))) {
        std::uint64_t word{};
        std::memcpy(&word, bytes.data(), sizeof(word));
        crc = __builtin_ia32_crc32di(crc, word);
    }
    auto last = static_cast<std::uint32_t>(crc);
    for (const std::byte byte : bytes) {
        last = __builtin_ia32_crc32qi(last, std::to_integer<std::uint8_t>(byte));
    }
    return ~last;
}
#endif

}  // namespace

std::uint32_t crc32c_by_table(Bytes bytes, std::uint32_t before) {
    std::uint32_t crc = ~before;
    for (const std::byte byte : bytes) {
        crc = crc >> 8 ^ kTable[(crc ^ std::to_integer<std::uint32_t>(byte)) & 0xff];
    }
    return ~crc;
}

std::uint32_t crc32c(Bytes bytes, std::uint32_t before) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2") != 0) return crc32c_by_processor(bytes, before);
#endif
    return crc32c_by_table(bytes, before);
}

}  // namespace pratique::tensorbundle
