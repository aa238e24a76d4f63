#include "formats/pickle/text_args.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace pratique::pickle {
namespace {

constexpr std::string_view kBlanks = " \t\n\r\f\v";

/// All of `digits` as one number; an error also where something is left over.
template <class T>
std::errc parse(std::string_view digits, T& out, int base) {
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), out, base);
    return end == digits.end() ? error : std::errc::invalid_argument;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

int hex_digit(char c) {
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::string_view trim(std::string_view s) {
    const auto begin = s.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) return {};
    return s.substr(begin, s.find_last_not_of(kBlanks) - begin + 1);
}

/// C stops at a NUL byte and believes what stands before it; Python refuses the whole.
std::string_view before_nul(std::string_view s) { return s.substr(0, s.find('\0')); }

/// `0`, `7`, `-12`: what every writer writes.
bool is_canonical(std::string_view s) {
    if (s.starts_with('-')) s.remove_prefix(1);
    if (s.empty() || (s.size() > 1 && s.front() == '0')) return false;
    return std::all_of(s.begin(), s.end(), is_digit);
}

/// Digits of `base`, single underscores between them allowed.
bool are_digits(std::string_view s, int base) {
    bool digit_before = false;
    for (const char c : s) {
        const int digit = hex_digit(c);
        if (c == '_' ? !digit_before : digit < 0 || digit >= base) return false;
        digit_before = c != '_';
    }
    return digit_before;
}

struct Literal {
    bool negative = false;
    int base = 10;
    std::string_view digits;
};

/// Sign and base prefix taken off; "010" counts as octal, as strtol reads it.
Literal split(std::string_view s) {
    Literal out;
    s = trim(s);
    if (!s.empty() && (s.front() == '+' || s.front() == '-')) {
        out.negative = s.front() == '-';
        s.remove_prefix(1);
    }
    if (s.size() > 1 && s.front() == '0') {
        const char mark = static_cast<char>(s[1] | 0x20);
        out.base = mark == 'x' ? 16 : mark == 'o' ? 8 : mark == 'b' ? 2 : 10;
        if (out.base != 10) {
            s.remove_prefix(2);
            if (s.starts_with('_')) s.remove_prefix(1);  // int("0x_1", 0) is legal
        } else if (s.find_first_not_of("0_") != std::string_view::npos) {
            out.base = 8;
        }
    }
    out.digits = s;
    return out;
}

/// The number of octal or hexadecimal digits at the front of `s`, as a code.
std::optional<std::uint32_t> code(std::string_view s, std::size_t digits) {
    if (s.size() < digits) return std::nullopt;
    std::uint32_t value = 0;
    for (const char c : s.substr(0, digits)) {
        if (hex_digit(c) < 0) return std::nullopt;
        value = value << 4 | static_cast<std::uint32_t>(hex_digit(c));
    }
    return value;
}

/// Resolves the escape behind a backslash and steps over it; false if it is malformed.
bool unescape_one(std::string_view& s, std::string& out) {
    const char c = s.front();
    if (c >= '0' && c <= '7') {
        std::uint32_t value = 0;
        for (int i = 0; i < 3 && !s.empty() && s.front() >= '0' && s.front() <= '7'; ++i) {
            value = value << 3 | static_cast<std::uint32_t>(s.front() - '0');
            s.remove_prefix(1);
        }
        out += static_cast<char>(value & 0xff);
        return true;
    }
    s.remove_prefix(1);
    if (c == 'x') {
        const auto value = code(s, 2);
        if (!value) return false;
        out += static_cast<char>(*value);
        s.remove_prefix(2);
        return true;
    }
    constexpr std::string_view kNames = "abfnrtv\\'\"";
    constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\'\"";
    const auto place = kNames.find(c);
    if (place != std::string_view::npos) {
        out += kMeanings[place];
    } else if (c != '\n') {  // a backslash before a line end joins lines
        out += '\\';
        out += c;
    }
    return true;
}

}  // namespace

Reading read_integer(std::string_view text) {
    if (is_canonical(text)) return Reading::canonical;
    const Literal literal = split(before_nul(text));
    if (!are_digits(literal.digits, literal.base)) return Reading::refused;
    return Reading::disputed;
}

Reading read_index(std::string_view text, std::uint64_t& out) {
    std::string digits(trim(before_nul(text)));
    const bool canonical = is_canonical(text);
    if (digits.starts_with('+')) digits.erase(0, 1);
    if (!canonical && !are_digits(digits, 10)) return Reading::refused;
    std::erase(digits, '_');
    if (parse(digits, out, 10) != std::errc{}) return Reading::refused;
    return canonical ? Reading::canonical : Reading::disputed;
}

Reading read_float(std::string_view text) {
    std::string plain(trim(before_nul(text)));
    const bool tidy = plain.size() == text.size() && plain.find('_') == std::string::npos;
    std::erase(plain, '_');
    if (plain.starts_with('+')) plain.erase(0, 1);
    if (plain.starts_with("-+") || plain.starts_with('+')) return Reading::refused;
    double value = 0;
    const std::string_view all = plain;
    const auto [end, error] = std::from_chars(all.begin(), all.end(), value);
    if (end != all.end() || all.empty()) return Reading::refused;
    if (error == std::errc::result_out_of_range) return Reading::disputed;
    if (error != std::errc{}) return Reading::refused;
    return tidy ? Reading::canonical : Reading::disputed;
}

std::optional<std::int64_t> integer_value(std::string_view text) {
    const Literal literal = split(before_nul(text));
    std::string digits(literal.negative ? "-" : "");
    digits += literal.digits;
    std::erase(digits, '_');
    std::int64_t value = 0;
    if (parse(digits, value, literal.base) != std::errc{}) return std::nullopt;
    return value;
}

std::optional<std::string> unescape_string(std::string_view s) {
    if (s.size() < 2 || s.front() != s.back() || (s.front() != '\'' && s.front() != '"')) {
        return std::nullopt;
    }
    s = s.substr(1, s.size() - 2);
    std::string out;
    while (!s.empty()) {
        const char c = s.front();
        s.remove_prefix(1);
        if (c != '\\') {
            out += c;
        } else if (s.empty() || !unescape_one(s, out)) {
            return std::nullopt;
        }
    }
    return out;
}

std::optional<std::string> unescape_unicode(std::string_view s) {
    std::string out;
    while (!s.empty()) {
        // Only an odd backslash before 'u' or 'U' starts an escape; "\\u" is two characters.
        if (s.front() == '\\' && s.size() > 1) {
            const std::size_t digits = s[1] == 'u' ? 4 : s[1] == 'U' ? 8 : 0;
            if (digits != 0) {
                const auto value = code(s.substr(2), digits);
                if (!value || *value > 0x10ffff) return std::nullopt;
                append_utf8(out, *value);
                s.remove_prefix(2 + digits);
                continue;
            }
            out += '\\';
            s.remove_prefix(1);
            if (s.front() != '\\') continue;
        }
        append_utf8(out, static_cast<unsigned char>(s.front()));
        s.remove_prefix(1);
    }
    return out;
}

}  // namespace pratique::pickle
