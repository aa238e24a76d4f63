// Builds marshalled code objects for tests, by the layouts of the versions of Python.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pratique::test::marshalled {

inline std::string u32(std::uint64_t value) {
    std::string out;
    for (int i = 0; i < 4; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
    return out;
}
inline std::string text(const std::string& value) {
    return "\xda" + std::string(1, static_cast<char>(value.size())) + value;
}
inline std::string block(const std::string& value) { return "s" + u32(value.size()) + value; }
inline std::string many(const std::vector<std::string>& items) {
    std::string out = ")" + std::string(1, static_cast<char>(items.size()));
    for (const std::string& item : items) out += item;
    return out;
}
inline std::string texts(const std::vector<std::string>& values) {
    std::vector<std::string> items;
    for (const std::string& value : values) items.push_back(text(value));
    return many(items);
}
inline std::string counts(int number) {
    std::string out;
    for (int i = 0; i < number; ++i) out += u32(i == 0 ? 1 : 0);
    return out;
}

/// `constants` are marshalled values.
inline std::string code311(const std::vector<std::string>& names,
                           const std::vector<std::string>& constants = {}) {
    return "\xe3" + counts(5) + block("\x97") + many(constants) + texts(names) + texts({"x"}) +
           block("&") + text("file") + text("<lambda>") + text("<lambda>") + u32(1) + block("") +
           block("");
}
/// With six counts of 3.8 to 3.10, with five of 3.0 to 3.7.
inline std::string code3(const std::vector<std::string>& names, int numbers = 6) {
    return "\xe3" + counts(numbers) + block("d") + many({}) + texts(names) + texts({"x"}) +
           many({}) + many({}) + text("file") + text("<lambda>") + u32(1) + block("");
}
inline std::string code27(const std::string& name) {
    const std::string interned = "t" + u32(name.size()) + name;
    const std::string none = "(" + u32(0);
    return "c" + counts(4) + block("d") + none + "(" + u32(1) + interned + none + none + none +
           block("file") + "R" + u32(0) + u32(1) + block("");
}

}  // namespace pratique::test::marshalled
