// R's serialisation put together item by item, big-endian.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>

namespace pratique::test::r {

inline std::string word(std::int64_t number) {
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift);
    return out;
}

inline const std::string kNil = word(254);
inline const std::string kUnbound = word(252);
inline const std::string kGlobal = word(253);

inline std::string characters(const std::string& text) {
    return word(0x40009) + word(static_cast<std::int64_t>(text.size())) + text;
}
inline std::string symbol(const std::string& name) { return word(1) + characters(name); }
inline std::string string(const std::string& text) { return word(16) + word(1) + characters(text); }
inline std::string integers(std::uint32_t count) {
    return word(13) + word(count) + std::string(4 * count, '\1');
}
inline std::string vector(std::initializer_list<std::string> items) {
    std::string out = word(19) + word(static_cast<std::int64_t>(items.size()));
    for (const std::string& item : items) out += item;
    return out;
}
/// One cell of a list, with the rest behind it.
inline std::string cell(const std::string& head, const std::string& rest = kNil,
                        const std::string& tag = "") {
    return word(tag.empty() ? 2 : 0x402) + (tag.empty() ? "" : symbol(tag)) + head + rest;
}
inline std::string call(const std::string& function, const std::string& arguments = kNil) {
    return word(6) + symbol(function) + arguments;
}
inline std::string closure(const std::string& body) { return word(0x403) + kGlobal + kNil + body; }
inline std::string promise(const std::string& expression, const std::string& value = kUnbound) {
    return word(0x405) + kGlobal + value + expression;
}
inline std::string environment(const std::string& frame) {
    return word(4) + word(0) + word(242) + frame + kNil + kNil;
}
inline std::string file(const std::string& item) {
    return "X\n" + word(2) + word(0x40300) + word(0x20300) + item;
}
inline std::string workspace(const std::string& item) { return "RDX2\n" + file(item); }

}  // namespace pratique::test::r
