#include "api/report/uri.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/text.h"

namespace pratique::api {
namespace {

std::optional<std::uint32_t> hex_number(std::string_view digits) {
    std::uint32_t out = 0;
    for (const char c : digits) {
        constexpr std::string_view kDigits = "0123456789abcdef";
        const auto digit = kDigits.find(c);
        if (digit == std::string_view::npos) return std::nullopt;
        out = out << 4 | static_cast<std::uint32_t>(digit);
    }
    return out;
}

std::size_t digits_behind(char kind) {
    switch (kind) {
        case 'x': return 2;
        case 'u': return 4;
        case 'U': return 8;
        default: return 0;
    }
}

/// What the escape in front of `s` stands for, appended; returns its length.
std::size_t append_one(std::string_view s, std::string& out) {
    const char kind = s.size() > 1 ? s[1] : '\0';
    if (kind == 'n' || kind == 'r' || kind == 't' || kind == '\\') {
        out += kind == 'n' ? '\n' : kind == 'r' ? '\r' : kind == 't' ? '\t' : '\\';
        return 2;
    }
    const std::size_t digits = digits_behind(kind);
    const auto number = s.size() < 2 + digits ? std::nullopt : hex_number(s.substr(2, digits));
    if (digits == 0 || !number) {
        out += s.front();
        return 1;
    }
    if (kind == 'x') {
        out += static_cast<char>(*number);
    } else {
        append_utf8(out, *number);
    }
    return 2 + digits;
}

/// Without empty steps and single dots, and with each .. taken back where there is what to take.
std::vector<std::string_view> steps_of(std::string_view path) {
    std::vector<std::string_view> out;
    while (!path.empty()) {
        const std::size_t end = std::min(path.find('/'), path.size());
        const std::string_view step = path.substr(0, end);
        path.remove_prefix(std::min(end + 1, path.size()));
        if (step.empty() || step == ".") continue;
        if (step == ".." && !out.empty() && out.back() != "..") {
            out.pop_back();
        } else {
            out.push_back(step);
        }
    }
    return out;
}

bool is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void append_encoded(std::string& out, std::string_view step) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    for (const char c : step) {
        if (is_unreserved(c)) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += kDigits[byte >> 4U];
        out += kDigits[byte & 0xfU];
    }
}

}  // namespace

std::string unescape(std::string_view escaped) {
    std::string out;
    out.reserve(escaped.size());
    while (!escaped.empty()) {
        if (escaped.front() != '\\') {
            const std::size_t end = std::min(escaped.find('\\'), escaped.size());
            out += escaped.substr(0, end);
            escaped.remove_prefix(end);
        } else {
            escaped.remove_prefix(append_one(escaped, out));
        }
    }
    return out;
}

Uri uri_of(std::string_view escaped, std::string_view root) {
    std::string path = unescape(escaped);
    if (!path.starts_with('/') && !root.empty()) path = std::string(root) + "/" + path;
    const bool absolute = path.starts_with('/');
    std::vector<std::string_view> steps = steps_of(path);
    Uri out{"", !absolute};
    if (absolute && !root.empty()) {
        const auto base = steps_of(root);
        out.relative =
            steps.size() > base.size() && std::equal(base.begin(), base.end(), steps.begin());
        if (out.relative) {
            steps.erase(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(base.size()));
        }
    }
    if (!out.relative) out.text = "file://";
    for (const std::string_view step : steps) {
        if (!out.text.empty() || !out.relative) out.text += '/';
        append_encoded(out.text, step);
    }
    return out;
}

}  // namespace pratique::api
