#include "scanner/checks/document/python_json.h"

#include <algorithm>
#include <optional>

#include "base/reader.h"
#include "base/text.h"

namespace pratique::scanner {
namespace {

constexpr std::uint32_t kReplacement = 0xFFFD;

/// How a text is written down: bytes of a unit, and their order.
struct Encoding {
    std::size_t unit = 1;
    bool big_endian = false;
    std::size_t mark = 0;  ///< bytes of the byte order mark
};

bool is_nul(Bytes bytes, std::size_t at) { return at < bytes.size() && bytes[at] == std::byte{0}; }

/// As json.detect_encoding() has it.
Encoding encoding_of(Bytes bytes) {
    using namespace std::string_view_literals;
    if (starts_with(bytes, "\0\0\xfe\xff"sv)) return {4, true, 4};
    if (starts_with(bytes, "\xff\xfe\0\0"sv)) return {4, false, 4};
    if (starts_with(bytes, "\xfe\xff"sv)) return {2, true, 2};
    if (starts_with(bytes, "\xff\xfe"sv)) return {2, false, 2};
    if (starts_with(bytes, "\xef\xbb\xbf"sv)) return {1, false, 3};
    if (is_nul(bytes, 0)) return is_nul(bytes, 1) ? Encoding{4, true} : Encoding{2, true};
    if (is_nul(bytes, 1)) {
        const bool is_wide = is_nul(bytes, 2) && is_nul(bytes, 3);
        return is_wide ? Encoding{4, false} : Encoding{2, false};
    }
    return {};
}

std::optional<std::uint32_t> next_unit(Reader& in, const Encoding& encoding) {
    const auto raw = in.take(encoding.unit);
    if (!raw) return std::nullopt;
    std::uint32_t out = 0;
    for (std::size_t i = 0; i < encoding.unit; ++i) {
        const std::size_t at = encoding.big_endian ? i : encoding.unit - 1 - i;
        out = out << 8 | std::to_integer<std::uint32_t>((*raw)[at]);
    }
    return out;
}

bool is_high(std::uint32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool is_low(std::uint32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

}  // namespace

std::string as_utf8(Bytes bytes) {
    const Encoding encoding = encoding_of(bytes);
    const Bytes rest = from(bytes, encoding.mark);
    if (encoding.unit == 1) return std::string(text(rest));
    std::string out;
    Reader in(rest);
    while (auto unit = next_unit(in, encoding)) {
        if (is_high(*unit)) {
            const auto low = next_unit(in, encoding);
            const bool is_pair = low && is_low(*low);
            unit = is_pair ? 0x10000 + ((*unit - 0xD800) << 10) + (*low - 0xDC00) : kReplacement;
        }
        append_utf8(out, is_low(*unit) || *unit > 0x10FFFF ? kReplacement : *unit);
    }
    return out;
}

namespace {

/// Goes through a text once, and writes what a strict reader takes.
class Cleaner {
public:
    explicit Cleaner(std::string_view text) : rest_(text) {}

    std::string run() {
        out_.reserve(rest_.size());
        while (!rest_.empty()) {
            if (rest_.front() == '"') {
                string();
            } else if (!(word("-Infinity") || word("Infinity") || word("NaN"))) {
                copy(1);
            }
        }
        return std::move(out_);
    }

private:
    void copy(std::size_t count) {
        out_ += rest_.substr(0, count);
        rest_.remove_prefix(std::min(count, rest_.size()));
    }

    bool word(std::string_view name) {
        if (!rest_.starts_with(name)) return false;
        out_ += "null";
        rest_.remove_prefix(name.size());
        return true;
    }

    void string() {
        copy(1);
        while (!rest_.empty() && rest_.front() != '"') {
            if (rest_.front() != '\\') {
                const std::size_t end = rest_.find_first_of("\"\\");
                copy(std::min(end, rest_.size()));
            } else if (const auto unit = escaped_unit(rest_)) {
                escape(*unit);
            } else {
                copy(2);
            }
        }
        copy(1);
    }

    /// The number of `\uXXXX`.
    static std::optional<std::uint32_t> escaped_unit(std::string_view s) {
        constexpr std::size_t kLength = 6;
        if (s.size() < kLength || s[1] != 'u') return std::nullopt;
        std::uint32_t out = 0;
        for (const char c : s.substr(2, 4)) {
            const char digit = c >= 'A' && c <= 'F' ? static_cast<char>(c | 0x20) : c;
            const bool is_letter = digit >= 'a' && digit <= 'f';
            if (!is_letter && (digit < '0' || digit > '9')) return std::nullopt;
            out = out << 4 | static_cast<std::uint32_t>(is_letter ? digit - 'a' + 10 : digit - '0');
        }
        return out;
    }

    void escape(std::uint32_t unit) {
        constexpr std::size_t kLength = 6;
        const auto next = is_high(unit) && rest_.size() > kLength && rest_[kLength] == '\\'
                              ? escaped_unit(rest_.substr(kLength))
                              : std::nullopt;
        if (next && is_low(*next)) return copy(2 * kLength);
        if (unit != 0 && !is_high(unit) && !is_low(unit)) return copy(kLength);
        out_ += "\\ufffd";
        rest_.remove_prefix(kLength);
    }

    std::string_view rest_;
    std::string out_;
};

}  // namespace

Result<json::Value> read_json(Bytes bytes) {
    auto strict = json::parse(text(bytes), kJsonDepth);
    if (strict || strict.error().code != Errc::bad_json) return strict;
    // Of two errors the first: its offset is one in the text as it is.
    auto loose = json::parse(Cleaner(as_utf8(bytes)).run(), kJsonDepth);
    const bool is_json = loose || loose.error().code != Errc::bad_json;
    return is_json ? std::move(loose) : std::move(strict);
}

}  // namespace pratique::scanner
