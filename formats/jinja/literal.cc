#include "formats/jinja/literal.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "base/text.h"

namespace pratique::jinja {
namespace {

constexpr auto kPlainEscapes = std::to_array<std::pair<char, char>>({
    {'\\', '\\'},
    {'\'', '\''},
    {'"', '"'},
    {'a', '\a'},
    {'b', '\b'},
    {'f', '\f'},
    {'n', '\n'},
    {'r', '\r'},
    {'t', '\t'},
    {'v', '\v'},
});

std::optional<std::uint32_t> code_point(std::string_view digits, std::size_t count) {
    std::uint32_t value = 0;
    const std::string_view taken = digits.substr(0, count);
    const auto [end, error] = std::from_chars(taken.begin(), taken.end(), value, 16);
    const bool whole = taken.size() == count && end == taken.end();
    if (error != std::errc() || !whole || value > 0x10ffff) return std::nullopt;
    return value;
}

/// `\N{…}`, of which only those are known that spell a Python name.
std::optional<std::uint32_t> named_character(std::string_view name) {
    constexpr std::string_view kSmall = "LATIN SMALL LETTER ";
    constexpr std::string_view kCapital = "LATIN CAPITAL LETTER ";
    std::string upper(name);
    for (char& c : upper) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    if (upper == "LOW LINE") return '_';
    const char last = upper.empty() ? ' ' : upper.back();
    if (last < 'A' || last > 'Z') return std::nullopt;
    const auto letter = static_cast<std::uint32_t>(static_cast<unsigned char>(last));
    if (upper.size() == kSmall.size() + 1 && upper.starts_with(kSmall)) return letter + ('a' - 'A');
    if (upper.size() == kCapital.size() + 1 && upper.starts_with(kCapital)) return letter;
    return std::nullopt;
}

class Unescaper {
public:
    explicit Unescaper(std::string_view written) : rest_(written) {}

    Literal run() {
        while (!rest_.empty()) {
            const auto slash = std::min(rest_.find('\\'), rest_.size());
            out_.text += rest_.substr(0, slash);
            rest_.remove_prefix(slash);
            if (rest_.size() < 2) break;
            const char kind = rest_[1];
            rest_.remove_prefix(2);
            resolve(kind);
        }
        return std::move(out_);
    }

private:
    void resolve(char kind) {
        if (kind == '\n') return;  // the line goes on
        for (const auto& [letter, meaning] : kPlainEscapes) {
            if (letter != kind) continue;
            out_.text += meaning;
            return;
        }
        // The others can spell what would be seen if it were written.
        out_.escaped = true;
        if (kind == 'x') return character(2);
        if (kind == 'u') return character(4);
        if (kind == 'U') return character(8);
        if (kind == 'N') return named();
        if (kind >= '0' && kind <= '7') return octal(kind);
        out_.text += '\\';
        out_.text += kind;
    }

    void character(std::size_t count) {
        const auto value = code_point(rest_, count);
        rest_.remove_prefix(std::min(count, rest_.size()));
        append(value);
    }

    void octal(char first) {
        std::uint32_t value = static_cast<std::uint32_t>(first - '0');
        for (int more = 0; more < 2 && !rest_.empty(); ++more) {
            const char c = rest_.front();
            if (c < '0' || c > '7') break;
            value = value * 8 + static_cast<std::uint32_t>(c - '0');
            rest_.remove_prefix(1);
        }
        append(value);
    }

    void named() {
        const auto end = rest_.find('}');
        if (!rest_.starts_with('{') || end == std::string_view::npos) return append(std::nullopt);
        append(named_character(rest_.substr(1, end - 1)));
        rest_.remove_prefix(end + 1);
    }

    void append(std::optional<std::uint32_t> value) {
        if (value) {
            append_utf8(out_.text, *value);
        } else {
            out_.open = true;
        }
    }

    std::string_view rest_;
    Literal out_;
};

std::size_t digits_of(std::string_view text, std::string_view allowed, std::string& out) {
    std::size_t length = 0;
    for (; length < text.size(); ++length) {
        const char c = text[length];
        if (c == '_') continue;
        if (allowed.find(c) == std::string_view::npos) break;
        out += c;
    }
    return length;
}

std::int64_t value_of(std::string_view digits, int base) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), value, base);
    return error == std::errc::result_out_of_range ? INT64_MAX : value;
}

constexpr std::string_view kDecimal = "0123456789";

/// A fraction, an exponent, or both, behind the digits of `text` before `length`.
std::size_t fraction_of(std::string_view text, std::size_t length) {
    std::string ignored;
    const auto digits_at = [&](std::size_t at) {
        const bool digit = at < text.size() && kDecimal.find(text[at]) != std::string_view::npos;
        return digit ? digits_of(text.substr(at), kDecimal, ignored) : 0;
    };
    std::size_t end = length;
    if (text.substr(end).starts_with('.')) {
        const std::size_t more = digits_at(end + 1);
        if (more > 0) end += 1 + more;
    }
    if (end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
        const bool has_sign =
            end + 1 < text.size() && (text[end + 1] == '+' || text[end + 1] == '-');
        const std::size_t sign = has_sign ? 2 : 1;
        const std::size_t more = digits_at(end + sign);
        if (more > 0) end += sign + more;
    }
    return end;
}

}  // namespace

Literal unescape(std::string_view written) { return Unescaper(written).run(); }

Digits read_digits(std::string_view text, bool may_be_real) {
    struct Base {
        char letter;
        int base;
        std::string_view digits;
    };
    constexpr auto kBases = std::to_array<Base>(
        {{'x', 16, "0123456789abcdefABCDEF"}, {'o', 8, "01234567"}, {'b', 2, "01"}});
    std::string digits;
    for (const Base& base : kBases) {
        const bool prefixed = text.size() > 2 && text[0] == '0' && (text[1] | 0x20) == base.letter;
        if (!prefixed || base.digits.find(text[2]) == std::string_view::npos) continue;
        const std::size_t length = 2 + digits_of(text.substr(2), base.digits, digits);
        return {length, value_of(digits, base.base), false};
    }
    const std::size_t length = digits_of(text, kDecimal, digits);
    const std::size_t end = may_be_real ? fraction_of(text, length) : length;
    return {end, value_of(digits, 10), end != length};
}

}  // namespace pratique::jinja
