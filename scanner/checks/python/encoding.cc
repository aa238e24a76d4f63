#include "scanner/checks/python/encoding.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "base/limits.h"
#include "formats/archive/codec.h"
#include "formats/python/literal.h"
#include "scanner/checks/document/encoded.h"

namespace pratique::scanner {
namespace {

std::string plain_name(std::string_view encoding) {
    std::string out;
    for (const char c : encoding) {
        if (c == '-' || c == '_' || c == ' ') continue;
        out += c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    }
    return out;
}

template <std::size_t N>
bool names_one(std::string_view name, const std::array<std::string_view, N>& families) {
    return std::ranges::any_of(families,
                               [&](std::string_view family) { return name.starts_with(family); });
}

std::optional<std::string> inflated(archive::Codec codec, std::string_view text) {
    const archive::InflateLimits limits{kMiB, 1000, kMiB};
    const auto out = archive::inflate(codec, as_bytes(text), limits);
    if (out.error) return std::nullopt;
    return std::string(pratique::text(Bytes(out.bytes)));
}

std::optional<std::string> from_hex(std::string_view text) {
    std::string out;
    std::optional<unsigned> high;
    for (const char c : text) {
        if (c == ' ' || c == '\n') continue;
        const char lower = static_cast<char>(c | 0x20);
        const bool letter = lower >= 'a' && lower <= 'f';
        if (!letter && (c < '0' || c > '9')) return std::nullopt;
        const auto digit = static_cast<unsigned>(letter ? lower - 'a' + 10 : c - '0');
        if (!high) {
            high = digit;
        } else {
            out += static_cast<char>(*high << 4 | digit);
            high.reset();
        }
    }
    return high ? std::nullopt : std::optional(out);
}

std::string from_base64(std::string_view text) {
    const auto bytes = decode_base64(text);
    return std::string(pratique::text(Bytes(bytes)));
}

std::string rot13(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        const char lower = static_cast<char>(c | 0x20);
        if (lower >= 'a' && lower <= 'z') c = static_cast<char>(lower < 'n' ? c + 13 : c - 13);
    }
    return out;
}

std::optional<std::string> by_encoding(std::string_view text, std::string_view encoding) {
    const std::string name = plain_name(encoding);
    if (name == "rot13") return rot13(text);
    if (name == "hex" || name == "hexcodec") return from_hex(text);
    if (name == "base64" || name == "base64codec") return from_base64(text);
    if (name == "zip" || name == "zlib" || name == "zlibcodec") {
        return inflated(archive::Codec::zlib, text);
    }
    if (name == "unicodeescape" || name == "rawunicodeescape" || name == "stringescape") {
        return python::unescaped(text, false);
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> decode_by(std::string_view function, std::string_view text,
                                     const std::string* encoding) {
    if (function == "codecs.decode") {
        return encoding == nullptr ? std::nullopt : by_encoding(text, *encoding);
    }
    if (function.starts_with("zlib.")) return inflated(archive::Codec::zlib, text);
    if (function.starts_with("gzip.")) return inflated(archive::Codec::gzip, text);
    if (function.starts_with("bz2.")) return inflated(archive::Codec::bzip2, text);
    if (function.starts_with("lzma.")) return inflated(archive::Codec::xz, text);
    const bool hex = function.ends_with("hex") || function.ends_with("hexlify") ||
                     function.ends_with("b16decode");
    if (hex) return from_hex(text);
    const bool base64 =
        function.find("64") != std::string_view::npos || function.starts_with("base64.decode");
    return base64 ? std::optional(from_base64(text)) : std::nullopt;
}

bool turns_ascii(std::string_view encoding) {
    constexpr auto kNames = std::to_array<std::string_view>(
        {"utf7",         "u7",      "utf16",           "utf32", "unicodeescape", "rawunicodeescape",
         "stringescape", "rot13",   "base64",          "hex",   "zip",           "zlib",
         "bz2",          "quopri",  "quotedprintable", "uu",    "punycode",      "idna",
         "hz",           "iso2022", "cp037",           "cp273", "cp424",         "cp500",
         "cp1026",       "cp1140"});
    return names_one(plain_name(encoding), kNames);
}

bool swallows_ascii(std::string_view encoding) {
    constexpr auto kNames = std::to_array<std::string_view>(
        {"gb", "big5", "euc", "shiftjis", "sjis", "johab", "cp932", "cp936", "cp949", "cp950",
         "mskanji", "ms932", "uhc", "mbcs", "oem"});
    return names_one(plain_name(encoding), kNames);
}

namespace {

/// `coding[:=][ \t]*([-_.a-zA-Z0-9]+)`, wherever it first stands in a comment.
std::string_view coding_of(std::string_view comment) {
    constexpr std::string_view kWord = "coding";
    for (auto at = comment.find(kWord); at != std::string_view::npos;
         at = comment.find(kWord, at + 1)) {
        std::string_view rest = comment.substr(at + kWord.size());
        if (!rest.starts_with(':') && !rest.starts_with('=')) continue;
        rest.remove_prefix(1);
        rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
        const auto* stop = std::ranges::find_if(rest, [](char c) {
            const char lower = static_cast<char>(c | 0x20);
            return !(lower >= 'a' && lower <= 'z') && !(c >= '0' && c <= '9') && c != '-' &&
                   c != '_' && c != '.';
        });
        if (stop != rest.begin()) {
            return rest.substr(0, static_cast<std::size_t>(stop - rest.begin()));
        }
    }
    return {};
}

}  // namespace

std::string_view declared_encoding(std::string_view source) {
    if (source.starts_with("\xef\xbb\xbf")) source.remove_prefix(3);
    for (int line = 0; line < 2 && !source.empty(); ++line) {
        const auto end = std::min(source.find_first_of("\r\n"), source.size());
        const std::string_view text = source.substr(0, end);
        source.remove_prefix(end);
        source.remove_prefix(source.starts_with("\r\n") ? 2 : std::min(source.size(), 1UL));
        const auto comment = text.find_first_not_of(" \t\f");
        if (comment == std::string_view::npos) continue;
        if (text[comment] != '#') return {};
        const std::string_view name = coding_of(text.substr(comment));
        if (!name.empty()) return name;
    }
    return {};
}

}  // namespace pratique::scanner
