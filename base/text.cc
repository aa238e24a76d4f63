#include "base/text.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

namespace pratique {
namespace {

struct Decoded {
    std::uint32_t code_point;
    std::size_t length;
};

unsigned char at(std::string_view s, std::size_t i) { return static_cast<unsigned char>(s[i]); }

/// The character at the front of `s`, or nothing if the bytes there are not UTF-8.
std::optional<Decoded> decode(std::string_view s, bool surrogates) {
    const unsigned char lead = at(s, 0);
    if (lead < 0x80) return Decoded{lead, 1};
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || s.size() < length) return std::nullopt;
    std::uint32_t code = lead & (0xffU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((at(s, i) & 0xc0) != 0x80) return std::nullopt;
        code = code << 6 | (at(s, i) & 0x3fU);
    }
    constexpr std::array<std::uint32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    if (code < kSmallest.at(length) || code > 0x10ffff || (surrogate && !surrogates)) {
        return std::nullopt;
    }
    return Decoded{code, length};
}

/// How many characters at the front are ASCII for sure, seen eight at a time: most text is.
std::size_t ascii_prefix(std::string_view s) {
    std::size_t length = 0;
    for (std::uint64_t eight = 0; s.size() - length >= sizeof eight; length += sizeof eight) {
        std::memcpy(&eight, s.substr(length).data(), sizeof eight);
        if ((eight & 0x8080808080808080U) != 0) break;
    }
    return length;
}

/// Characters that are valid text and yet change how the text around them is shown.
bool is_deceptive(std::uint32_t c) {
    return (c >= 0x80 && c <= 0x9f) || c == 0xad || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
           (c >= 0xfe00 && c <= 0xfe0f) || c == 0xfeff || (c >= 0xfff0 && c <= 0xfffb) ||
           (c >= 0xe0000 && c <= 0xe0fff);
}

constexpr std::string_view kDigits = "0123456789abcdef";

void append_hex(std::string& out, std::uint32_t number, int digits) {
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
        out += kDigits[number >> shift & 0xf];
    }
}

void append_escaped(std::string& out, std::uint32_t c) {
    switch (c) {
        case '\n': out += "\\n"; return;
        case '\r': out += "\\r"; return;
        case '\t': out += "\\t"; return;
        case '\\': out += "\\\\"; return;
        default: break;
    }
    if (c < 0x20 || c == 0x7f) {
        out += "\\x";
        append_hex(out, c, 2);
    } else if (is_deceptive(c)) {
        out += c > 0xffff ? "\\U" : "\\u";
        append_hex(out, c, c > 0xffff ? 8 : 4);
    } else {
        append_utf8(out, c);
    }
}

}  // namespace

bool is_utf8(std::string_view s, bool surrogates) {
    while (!s.empty()) {
        s.remove_prefix(ascii_prefix(s));
        if (s.empty()) break;
        const auto next = decode(s, surrogates);
        if (!next) return false;
        s.remove_prefix(next->length);
    }
    return true;
}

std::string escape(std::string_view s, std::size_t limit) {
    const bool cut = s.size() > limit;
    if (cut) s = s.substr(0, limit);
    std::string out;
    out.reserve(s.size());
    while (!s.empty()) {
        const auto next = decode(s, false);
        if (next) {
            append_escaped(out, next->code_point);
        } else {
            out += "\\x";
            append_hex(out, at(s, 0), 2);
        }
        s.remove_prefix(next ? next->length : 1);
    }
    if (cut) out += "…";
    return out;
}

bool is_printable(std::string_view s) {
    const auto plain = [](char c) { return c >= 0x20 && c < 0x7f; };
    // Nearly every name: looked at in one sweep.
    s.remove_prefix(
        static_cast<std::size_t>(std::find_if_not(s.begin(), s.end(), plain) - s.begin()));
    while (!s.empty()) {
        const auto next = decode(s, false);
        if (!next || next->code_point < 0x20 || next->code_point == 0x7f ||
            is_deceptive(next->code_point)) {
            return false;
        }
        s.remove_prefix(next->length);
    }
    return true;
}

std::size_t columns(std::string_view s) {
    return static_cast<std::size_t>(
        std::count_if(s.begin(), s.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string hex(Bytes bytes) {
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const std::byte b : bytes) append_hex(out, std::to_integer<std::uint32_t>(b), 2);
    return out;
}

std::vector<std::byte> unhex(std::string_view digits) {
    if (digits.size() % 2 != 0) return {};
    std::vector<std::byte> out;
    out.reserve(digits.size() / 2);
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        const auto high = kDigits.find(digits[i]);
        const auto low = kDigits.find(digits[i + 1]);
        if (high == std::string_view::npos || low == std::string_view::npos) return {};
        out.push_back(static_cast<std::byte>(high << 4 | low));
    }
    return out;
}

void append_utf8(std::string& out, std::uint32_t c) {
    const auto tail = [&](int shift) { out += static_cast<char>(0x80 | (c >> shift & 0x3f)); };
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += static_cast<char>(0xc0 | c >> 6);
        tail(0);
    } else if (c < 0x10000) {
        out += static_cast<char>(0xe0 | c >> 12);
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xf0 | (c >> 18 & 7));
        tail(12);
        tail(6);
        tail(0);
    }
}

}  // namespace pratique
