#include "formats/rds/stream.h"

#include <algorithm>
#include <bit>
#include <charconv>

#include "base/checked.h"

namespace pratique::rds {
namespace {

/// R reads a word into a buffer of this size.
constexpr std::size_t kLongestWord = 100;

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool is_octal(char c) { return c >= '0' && c <= '7'; }

char unescaped(char c) {
    switch (c) {
        case 'n': return '\n';
        case 't': return '\t';
        case 'v': return '\v';
        case 'b': return '\b';
        case 'r': return '\r';
        case 'f': return '\f';
        case 'a': return '\a';
        default: return c;
    }
}

}  // namespace

std::uint64_t Stream::most(std::uint64_t width) const {
    // A word of text is a character and a blank at least.
    return in_.left() / (encoding_ == Encoding::ascii ? 2 : width) + 1;
}

Status Stream::skip_space() {
    while (!in_.at_end() && is_space(text(in_.rest()).front())) TRY(in_.skip(1));
    return {};
}

Result<std::string_view> Stream::word() {
    TRY(skip_space());
    const std::string_view rest = text(in_.rest()).substr(0, kLongestWord);
    const auto end = std::find_if(rest.begin(), rest.end(), is_space);
    const auto length = static_cast<std::size_t>(end - rest.begin());
    if (length == 0) return Error{Errc::truncated, offset()};
    if (length == kLongestWord) return Error{Errc::bad_number, offset()};
    return text(TRY(in_.take(length)));
}

Result<std::int32_t> Stream::integer() {
    if (encoding_ == Encoding::xdr)
        return std::bit_cast<std::int32_t>(TRY(in_.be<std::uint32_t>()));
    if (encoding_ == Encoding::little_endian) {
        return std::bit_cast<std::int32_t>(TRY(in_.le<std::uint32_t>()));
    }
    const std::uint64_t at = offset();
    const std::string_view digits = TRY(word());
    if (digits == "NA") return INT32_MIN;
    std::int32_t value = 0;
    const auto [end, failed] = std::from_chars(digits.begin(), digits.end(), value);
    if (failed != std::errc{} || end != digits.end()) return Error{Errc::bad_number, at};
    return value;
}

Status Stream::skip_values(std::uint64_t count, std::uint64_t width) {
    if (encoding_ != Encoding::ascii) return in_.skip(TRY(checked_mul(count, width, offset())));
    for (std::uint64_t i = 0; i < count; ++i) TRY(word());
    return {};
}

Status Stream::skip_integers(std::uint64_t count) { return skip_values(count, 4); }
Status Stream::skip_reals(std::uint64_t count) { return skip_values(count, 8); }
Status Stream::skip_raw(std::uint64_t count) { return skip_values(count, 1); }

/// What stands behind a backslash: a letter, or up to three octal digits.
Result<char> Stream::escaped_character() {
    const std::string_view rest = text(in_.rest()).substr(0, 3);
    if (rest.empty()) return Error{Errc::truncated, offset()};
    const auto end = std::find_if_not(rest.begin(), rest.end(), is_octal);
    const auto length = static_cast<std::size_t>(end - rest.begin());
    TRY(in_.skip(std::max<std::size_t>(length, 1)));
    if (length == 0) return unescaped(rest.front());
    unsigned code = 0;
    for (const char digit : rest.substr(0, length)) code = code * 8 + unsigned(digit - '0');
    return static_cast<char>(code & 0xff);
}

Result<std::string> Stream::characters(std::uint64_t count, std::size_t kept) {
    if (encoding_ != Encoding::ascii) {
        return std::string(text(TRY(in_.take(count))).substr(0, kept));
    }
    // All of them were counted before they were escaped.
    if (count > in_.left()) return Error{Errc::truncated, offset()};
    std::string out;
    if (count > 0) TRY(skip_space());
    for (std::uint64_t i = 0; i < count; ++i) {
        char c = text(TRY(in_.take(1))).front();
        if (c == '\\') c = TRY(escaped_character());
        if (out.size() < kept) out += c;
    }
    return out;
}

}  // namespace pratique::rds
