// Protobuf messages put together field by field.
#pragma once

#include <cstdint>
#include <string>

namespace pratique::test {

inline std::string varint(std::uint64_t value) {
    std::string out;
    for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
    out.push_back(static_cast<char>(value));
    return out;
}

inline std::string little_endian(std::uint64_t value, int bytes) {
    std::string out;
    for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
    return out;
}

inline std::string tag(std::uint64_t number, unsigned wire) { return varint(number << 3 | wire); }

/// A varint.
inline std::string number(std::uint64_t field, std::uint64_t value) {
    return tag(field, 0) + varint(value);
}

/// Text, bytes, a message or packed numbers.
inline std::string bytes(std::uint64_t field, const std::string& content) {
    return tag(field, 2) + varint(content.size()) + content;
}

inline std::string fixed32(std::uint64_t field, std::uint32_t value) {
    return tag(field, 5) + little_endian(value, 4);
}

inline std::string fixed64(std::uint64_t field, std::uint64_t value) {
    return tag(field, 1) + little_endian(value, 8);
}

}  // namespace pratique::test
