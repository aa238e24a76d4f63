#include "formats/python/literal.h"

#include <algorithm>
#include <charconv>
#include <memory>

#include "base/text.h"

namespace pratique::python {
namespace {

std::optional<unsigned> digit_of(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    const char lower = static_cast<char>(c | 0x20);
    if (lower >= 'a' && lower <= 'z') return static_cast<unsigned>(lower - 'a' + 10);
    return std::nullopt;
}

/// Up to `most` digits from `at` on, which moves behind them.
std::uint32_t digits(std::string_view s, std::size_t& at, std::size_t most, unsigned base) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < most && at < s.size(); ++i, ++at) {
        const auto digit = digit_of(s[at]);
        if (!digit || *digit >= base) break;
        value = value * base + *digit;
    }
    return value;
}

void append(std::string& out, std::uint32_t code, bool bytes) {
    if (bytes) {
        out += static_cast<char>(code & 0xff);
    } else if (code <= 0x10ffff) {
        append_utf8(out, code);
    }
}

/// The escape whose backslash stands before `at`, which moves behind it.
void append_escape(std::string_view s, std::size_t& at, bool bytes, std::string& out) {
    constexpr std::string_view kNamed = "abfnrtv\\'\"";
    constexpr std::string_view kMeant = "\a\b\f\n\r\t\v\\'\"";
    const char c = s[at++];
    if (const auto named = kNamed.find(c); named != std::string_view::npos) {
        out += kMeant[named];
    } else if (c == '\n' || c == '\r') {
        if (c == '\r' && at < s.size() && s[at] == '\n') ++at;
    } else if (c >= '0' && c <= '7') {
        --at;
        append(out, digits(s, at, 3, 8), bytes);
    } else if (c == 'x') {
        append(out, digits(s, at, 2, 16), bytes);
    } else if (!bytes && (c == 'u' || c == 'U')) {
        append(out, digits(s, at, c == 'u' ? 4 : 8, 16), bytes);
    } else if (!bytes && c == 'N') {
        at = std::min(s.find('}', at), s.size() - 1) + 1;
        out += '?';
    } else {
        out += '\\';
        out += c;
    }
}

/// The ASCII character that NFKC makes of `code`, from the blocks whose letters stand in order.
std::optional<char> ascii_of(std::uint32_t code) {
    const auto letter = [](std::uint32_t index) {
        return static_cast<char>(index < 26 ? 'A' + index : 'a' + index - 26);
    };
    if (code >= 0xff01 && code <= 0xff5e) return static_cast<char>(code - 0xfee0);
    if (code >= 0x1d400 && code < 0x1d6a4) return letter((code - 0x1d400) % 52);
    if (code >= 0x1d7ce && code <= 0x1d7ff) {
        return static_cast<char>('0' + (code - 0x1d7ce) % 10);
    }
    if (code >= 0x1fbf0 && code <= 0x1fbf9) return static_cast<char>('0' + code - 0x1fbf0);
    constexpr std::pair<std::uint32_t, char> kSingle[] = {
        {0xaa, 'a'},   {0xba, 'o'},   {0x17f, 's'},  {0x2b0, 'h'},  {0x2b2, 'j'},  {0x2b3, 'r'},
        {0x2b7, 'w'},  {0x2b8, 'y'},  {0x2e1, 'l'},  {0x2e2, 's'},  {0x2e3, 'x'},  {0x1d2c, 'A'},
        {0x1d43, 'a'}, {0x1d47, 'b'}, {0x1d48, 'd'}, {0x1d49, 'e'}, {0x1d4d, 'g'}, {0x1d4f, 'k'},
        {0x1d50, 'm'}, {0x1d52, 'o'}, {0x1d56, 'p'}, {0x1d57, 't'}, {0x1d58, 'u'}, {0x1d5b, 'v'},
        {0x1d62, 'i'}, {0x1d63, 'r'}, {0x1d64, 'u'}, {0x1d65, 'v'}, {0x1d9c, 'c'}, {0x1da0, 'f'},
        {0x1dbb, 'z'}, {0x2071, 'i'}, {0x207f, 'n'}, {0x2090, 'a'}, {0x2091, 'e'}, {0x2092, 'o'},
        {0x2093, 'x'}, {0x2095, 'h'}, {0x2096, 'k'}, {0x2097, 'l'}, {0x2098, 'm'}, {0x2099, 'n'},
        {0x209a, 'p'}, {0x209b, 's'}, {0x209c, 't'}, {0x2102, 'C'}, {0x210a, 'g'}, {0x210b, 'H'},
        {0x210d, 'H'}, {0x210e, 'h'}, {0x2110, 'I'}, {0x2112, 'L'}, {0x2113, 'l'}, {0x2115, 'N'},
        {0x2119, 'P'}, {0x211a, 'Q'}, {0x211b, 'R'}, {0x211d, 'R'}, {0x2124, 'Z'}, {0x212a, 'K'},
        {0x212c, 'B'}, {0x212d, 'C'}, {0x212f, 'e'}, {0x2130, 'E'}, {0x2131, 'F'}, {0x2133, 'M'},
        {0x2134, 'o'}, {0x2139, 'i'}, {0x2145, 'D'}, {0x2146, 'd'}, {0x2147, 'e'}, {0x2148, 'i'},
        {0x2149, 'j'}, {0x2170, 'i'}, {0x2174, 'v'}, {0x2179, 'x'}, {0x217c, 'l'}, {0x217d, 'c'},
        {0x217e, 'd'}, {0x217f, 'm'}, {0x2c7c, 'j'}};
    const auto* found =
        std::ranges::lower_bound(kSingle, code, {}, [](auto& p) { return p.first; });
    if (found != std::end(kSingle) && found->first == code) return found->second;
    return std::nullopt;
}

/// The character that begins at `at`, which moves behind it. `s` is UTF-8, or comes out as bytes.
std::uint32_t next_character(std::string_view s, std::size_t& at) {
    const auto lead = static_cast<unsigned char>(s[at++]);
    if (lead < 0xc0) return lead;
    const std::size_t more = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    std::uint32_t code = lead & (0x3fU >> more);
    for (std::size_t i = 0; i < more && at < s.size(); ++i) {
        code = code << 6 | (static_cast<unsigned char>(s[at++]) & 0x3fU);
    }
    return code;
}

}  // namespace

std::string unescaped(std::string_view characters, bool bytes) {
    std::string out;
    out.reserve(characters.size());
    for (std::size_t at = 0; at < characters.size();) {
        const char c = characters[at++];
        if (c == '\\' && at < characters.size()) {
            append_escape(characters, at, bytes, out);
        } else {
            out += c;
        }
    }
    return out;
}

Quoted quoted(std::string_view token) {
    Quoted out;
    out.begin = std::min(token.find_first_of("'\""), token.size());
    for (const char c : token.substr(0, out.begin)) {
        const char letter = static_cast<char>(c | 0x20);
        out.raw = out.raw || letter == 'r';
        out.bytes = out.bytes || letter == 'b';
        out.formatted = out.formatted || letter == 'f' || letter == 't';
    }
    const std::string_view rest = token.substr(out.begin);
    const bool triple = rest.size() >= 6 && rest[1] == rest[0] && rest[2] == rest[0];
    const std::size_t marks = triple ? 3 : 1;
    out.begin = std::min(out.begin + marks, token.size());
    out.end = std::max(out.begin, token.size() - std::min(marks, token.size()));
    return out;
}

std::optional<Literal> read_literal(std::string_view token) {
    const Quoted place = quoted(token);
    if (place.formatted) return std::nullopt;
    const std::string_view inside = token.substr(place.begin, place.end - place.begin);
    return Literal{place.raw ? std::string(inside) : unescaped(inside, place.bytes), place.bytes};
}

std::optional<std::int64_t> read_integer(std::string_view token) {
    std::string digits;
    std::ranges::copy_if(token, std::back_inserter(digits), [](char c) { return c != '_'; });
    if (digits.ends_with('L') || digits.ends_with('l')) digits.pop_back();
    int base = 10;
    if (digits.size() > 1 && digits[0] == '0') {
        const char letter = static_cast<char>(digits[1] | 0x20);
        base = letter == 'x' ? 16 : letter == 'b' ? 2 : 8;
        digits.erase(0, letter == 'x' || letter == 'b' || letter == 'o' ? 2 : 1);
    }
    std::int64_t value = 0;
    const char* const end = std::to_address(digits.end());
    const auto [stop, error] = std::from_chars(digits.data(), end, value, base);
    if (error != std::errc{} || stop != end) return std::nullopt;
    return value;
}

std::string read_name(std::string_view token) {
    const bool ascii = std::ranges::none_of(token, [](char c) { return (c & 0x80) != 0; });
    if (ascii || !is_utf8(token)) return std::string(token);
    std::string out;
    for (std::size_t at = 0; at < token.size();) {
        const std::uint32_t code = next_character(token, at);
        if (const auto letter = ascii_of(code)) {
            out += *letter;
        } else {
            append_utf8(out, code);
        }
    }
    return out;
}

}  // namespace pratique::python
