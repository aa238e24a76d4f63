// MessagePack put together value by value, as Flax writes it.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

namespace pratique::test {

inline std::string joined(const std::vector<std::string>& parts) {
    std::string out;
    for (const std::string& part : parts) out += part;
    return out;
}

/// The big-endian form of a length in two bytes.
inline std::string two_bytes(std::size_t length) {
    return {static_cast<char>(length >> 8), static_cast<char>(length)};
}

inline std::string str(const std::string& text) { return "\xda" + two_bytes(text.size()) + text; }
inline std::string bin(const std::string& data) { return "\xc5" + two_bytes(data.size()) + data; }

/// At most 15 keys and values.
inline std::string map(const std::vector<std::string>& keys_and_values) {
    return static_cast<char>(0x80 | keys_and_values.size() / 2) + joined(keys_and_values);
}

inline std::string array(const std::vector<std::string>& items) {
    return "\xdc" + two_bytes(items.size()) + joined(items);
}

inline std::string extension(char type, const std::string& content) {
    return "\xc8" + two_bytes(content.size()) + type + content;
}

/// What is inside of the extension of an array.
inline std::string ndarray(const std::vector<std::string>& shape, const std::string& type,
                           const std::string& elements) {
    return array({array(shape), str(type), bin(elements)});
}

}  // namespace pratique::test
