#include "scanner/checks/keras/code.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/text.h"
#include "formats/marshal/marshal.h"
#include "rules/findings.h"
#include "scanner/checks/keras/names.h"

namespace pratique::scanner::keras {
namespace {

/// Names that evidence spells out.
constexpr std::size_t kMostShown = 8;

std::optional<unsigned> digit(char c) {
    constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const auto at = kAlphabet.find(c);
    if (at == std::string_view::npos) return std::nullopt;
    return static_cast<unsigned>(at);
}

/// As binascii.a2b_base64(): characters that are no digits are passed over; padding ends it.
std::vector<std::byte> decode_base64(std::string_view s) {
    std::vector<std::byte> out;
    std::uint32_t bits = 0;
    unsigned have = 0;
    for (const char c : s) {
        if (c == '=' && have < 6 && have != 0) break;
        const auto value = digit(c);
        if (!value) continue;
        bits = bits << 6 | *value;
        have += 6;
        if (have < 8) continue;
        have -= 8;
        out.push_back(static_cast<std::byte>(bits >> have & 0xff));
    }
    return out;
}

/// Characters below U+0100 as bytes: Keras 1 wrote code as text that way.
std::vector<std::byte> as_latin1(std::string_view s) {
    std::vector<std::byte> out;
    for (std::size_t i = 0; i < s.size(); ++i) {
        const auto first = static_cast<unsigned char>(s[i]);
        // UTF-8 of U+0080 to U+00FF is two bytes, c2 or c3 in front.
        const bool is_pair = (first == 0xC2 || first == 0xC3) && i + 1 < s.size();
        const unsigned upper = is_pair ? first & 3U : 0;
        const auto last = static_cast<unsigned char>(is_pair ? s[++i] : s[i]);
        out.push_back(static_cast<std::byte>(is_pair ? upper << 6 | (last & 0x3FU) : last));
    }
    return out;
}

/// `names` once each, in their order, as far as evidence goes.
std::string list_of(const std::vector<std::string_view>& names) {
    std::vector<std::string_view> shown;
    std::string out;
    for (const std::string_view name : names) {
        if (shown.size() == kMostShown) return out + ", …";
        if (std::ranges::find(shown, name) != shown.end()) continue;
        shown.push_back(name);
        out += (out.empty() ? "" : ", ") + escape(name, 80);
    }
    return out;
}

void judge(Scan& scan, const Artifact& artifact, const std::vector<marshal::Code>& codes,
           const std::string& path) {
    std::vector<std::string_view> all;
    std::vector<std::string_view> reaching;
    for (const marshal::Code& code : codes) {
        all.insert(all.end(), code.names.begin(), code.names.end());
    }
    std::ranges::copy_if(all, std::back_inserter(reaching), reaches_out);
    if (!reaching.empty()) {
        std::string evidence = path + ": code that uses " + list_of(reaching);
        std::vector<std::string_view> texts;
        for (const marshal::Code& code : codes) {
            texts.insert(texts.end(), code.texts.begin(), code.texts.end());
        }
        if (!texts.empty()) evidence += "; texts: " + list_of(texts);
        return scan.find(RuleId::keras_code_reaches_out, artifact, 0, std::move(evidence));
    }
    const std::string uses = all.empty() ? " no names" : " " + list_of(all);
    scan.find(RuleId::keras_code, artifact, 0, path + ": code that uses" + uses);
}

}  // namespace

bool looks_like_code(std::string_view encoded) {
    // 'c', or 'c' with a reference, and the lowest byte of a count below 16.
    constexpr std::size_t kShortest = 60;
    return encoded.size() >= kShortest && (encoded.starts_with("Yw") || encoded.starts_with("4w"));
}

bool find_code(Scan& scan, const Artifact& artifact, std::string_view encoded,
               const std::string& path) {
    for (const auto& bytes : {decode_base64(encoded), as_latin1(encoded)}) {
        const auto codes = marshal::read_code(bytes);
        if (!codes) continue;
        judge(scan, artifact, *codes, path);
        return true;
    }
    return false;
}

void check_code(Scan& scan, const Artifact& artifact, std::string_view encoded,
                const std::string& path) {
    if (find_code(scan, artifact, encoded, path)) return;
    scan.find(RuleId::keras_code_unreadable, artifact, 0,
              path + ": " + escape(encoded.substr(0, 60), 60));
}

}  // namespace pratique::scanner::keras
