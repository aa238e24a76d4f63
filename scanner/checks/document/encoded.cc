#include "scanner/checks/document/encoded.h"

#include <optional>

#include "scanner/checks/pickle/check.h"

namespace pratique::scanner {
namespace {

/// Encoded pickles of one document that are scanned.
constexpr int kMostEncoded = 1000;

std::optional<unsigned> base64_digit(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+' || c == '-') return 62;
    if (c == '/' || c == '_') return 63;
    return std::nullopt;
}

/// PROTO 2 to 5 in base64: "gAI", "gAJ", "gAM", "gAN", "gAQ", "gAR", "gAS", "gAU", "gAV", "gAW".
bool may_encode_pickle(std::string_view s) { return s.size() > 8 && s.starts_with("gA"); }

}  // namespace

std::vector<std::byte> decode_base64(std::string_view s) {
    std::vector<std::byte> out;
    std::uint32_t bits = 0;
    unsigned have = 0;
    for (const char c : s) {
        if (c == '\n' || c == '\r' || c == ' ') continue;
        const auto digit = base64_digit(c);
        if (!digit) break;
        bits = bits << 6 | *digit;
        have += 6;
        if (have < 8) continue;
        have -= 8;
        out.push_back(static_cast<std::byte>(bits >> have & 0xff));
    }
    return out;
}

void check_encoded_pickles(Scan& scan, const Artifact& artifact, const Document& document) {
    int encoded = 0;
    for (const Document::Node& node : document.nodes()) {
        const auto* text = node.value->as<std::string>();
        if (text == nullptr || !may_encode_pickle(*text)) continue;
        if (++encoded > kMostEncoded) return scan.gap({Errc::limit_members, 0}, artifact);
        const auto decoded = decode_base64(*text);
        if (pickle_start(decoded, scan.limits()) == PickleStart::no) continue;
        scan.descend(artifact, "base64#" + std::to_string(encoded), decoded);
    }
}

}  // namespace pratique::scanner
