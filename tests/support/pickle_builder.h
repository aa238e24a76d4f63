// Pickles for tests, put together from opcodes: each helper is one expression's worth of stream.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pratique::test {

inline std::string le(std::uint64_t number, int count) {
    std::string out;
    for (int i = 0; i < count; ++i) out += static_cast<char>(number >> (8 * i));
    return out;
}

inline std::string str(std::string_view s) { return "X" + le(s.size(), 4) + std::string(s); }
inline std::string raw(std::string_view s) { return "B" + le(s.size(), 4) + std::string(s); }
inline std::string num(std::uint32_t n) { return "J" + le(n, 4); }

/// An import by GLOBAL, and by STACK_GLOBAL of any two values.
inline std::string global(std::string_view module, std::string_view attribute) {
    return "c" + std::string(module) + "\n" + std::string(attribute) + "\n";
}
inline std::string stacked(const std::string& module, const std::string& attribute) {
    return module + attribute + "\x93";
}

template <class... Parts>
std::string tuple(const Parts&... parts) {
    return "(" + (std::string() + ... + parts) + "t";
}
template <class... Parts>
std::string list(const Parts&... parts) {
    return "](" + (std::string() + ... + parts) + "e";
}
/// Keys and values, in turn.
template <class... Parts>
std::string dict(const Parts&... parts) {
    return "}(" + (std::string() + ... + parts) + "u";
}
template <class... Parts>
std::string call(const std::string& callee, const Parts&... arguments) {
    return callee + tuple(arguments...) + "R";
}
template <class... Parts>
std::string make(const std::string& cls, const Parts&... arguments) {
    return cls + tuple(arguments...) + "\x81";
}
inline std::string set_state(const std::string& object, const std::string& state) {
    return object + state + "b";
}

inline std::string proto(int protocol) { return "\x80" + le(static_cast<unsigned>(protocol), 1); }
inline std::string pickled(const std::string& body, int protocol = 4) {
    return proto(protocol) + body + ".";
}

}  // namespace pratique::test
