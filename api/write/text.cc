#include "api/write/text.h"

#include <array>
#include <charconv>
#include <cmath>

#include "base/text.h"

namespace pratique::api {

std::string json_string(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        switch (c) {
            case '"': out += "\\\""; break;
            case '\\': out += "\\\\"; break;
            case '\b': out += "\\b"; break;
            case '\f': out += "\\f"; break;
            case '\n': out += "\\n"; break;
            case '\r': out += "\\r"; break;
            case '\t': out += "\\t"; break;
            default:
                if (static_cast<unsigned char>(c) < 0x20) {
                    out += "\\u00" + hex(as_bytes(std::string_view(&c, 1)));
                } else {
                    out += c;
                }
        }
    }
    return out + '"';
}

std::string json_numbers(std::span<const std::uint64_t> numbers) {
    std::string out = "[";
    for (const std::uint64_t number : numbers) {
        if (out.size() > 1) out += ',';
        out += std::to_string(number);
    }
    return out + ']';
}

std::string shortest(double value) {
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.begin(), text.end(), value).ptr;
    const std::string out(text.begin(), end);
    return std::isfinite(value) ? out : '"' + out + '"';
}

}  // namespace pratique::api
