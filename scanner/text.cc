#include "scanner/text.h"

#include <algorithm>
#include <optional>

#include "base/json.h"
#include "base/text.h"
#include "scanner/pickle/check.h"

namespace pratique::scanner {
namespace {

/// A larger text is not taken apart: its tree would need many times its size.
constexpr std::uint64_t kLargestTree = 32 * kMiB;
/// Encoded pickles of one JSON text that are scanned.
constexpr int kMostEncoded = 1000;

bool is_named_like_a_pickle(std::string_view name) {
    constexpr std::string_view kEndings[] = {".pkl", ".pickle", ".pt", ".pth", ".joblib", ".dill"};
    return std::any_of(std::begin(kEndings), std::end(kEndings),
                       [&](std::string_view ending) { return name.ends_with(ending); });
}

/// Keys by which known loaders find code: Keras, Hydra, transformers, jsonpickle, skops.
bool names_code(std::string_view key) {
    constexpr std::string_view kKeys[] = {
        "class_name",  "module",        "registered_name",  "_target_",
        "auto_map",    "py/object",     "py/reduce",        "py/type",
        "py/function", "__module__",    "__loader__",       "__class__",
        "handler",     "chat_template", "custom_pipelines", "custom_objects"};
    return std::find(std::begin(kKeys), std::end(kKeys), key) != std::end(kKeys);
}

std::optional<unsigned> base64_digit(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+' || c == '-') return 62;
    if (c == '/' || c == '_') return 63;
    return std::nullopt;
}

/// Decodes up to the first character that is no digit, white space aside.
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

/// PROTO 2 to 5 in base64: "gAI", "gAJ", "gAM", "gAN", "gAQ", "gAR", "gAS", "gAU", "gAV", "gAW".
bool may_encode_pickle(std::string_view s) { return s.size() > 8 && s.starts_with("gA"); }

class JsonCheck {
public:
    JsonCheck(Scan& scan, const Artifact& artifact) : scan_(scan), artifact_(artifact) {}

    void run(const json::Value& root) {
        // A work list: the parser has bounded the depth, but nothing needs the stack here.
        std::vector<const json::Value*> work{&root};
        while (!work.empty()) {
            const json::Value* value = work.back();
            work.pop_back();
            if (const auto* text = value->as<std::string>()) string(*text);
            if (const auto* array = value->as<json::Array>()) {
                for (const json::Value& item : *array) work.push_back(&item);
            }
            if (const auto* object = value->as<json::Object>()) {
                for (const auto& [key, item] : *object) {
                    if (names_code(key)) code_ = key;
                    work.push_back(&item);
                }
            }
        }
        if (!code_.empty()) {
            scan_.gap(GapReason::not_inspected, artifact_, 0,
                      "json: names code by \"" + escape(code_) +
                          "\", a format that is not inspected yet");
        }
    }

private:
    void string(const std::string& text) {
        if (!may_encode_pickle(text)) return;
        if (++encoded_ > kMostEncoded) return scan_.gap({Errc::limit_members, 0}, artifact_);
        const auto decoded = decode_base64(text);
        if (pickle_start(decoded, scan_.limits()) == PickleStart::no) return;
        scan_.descend(artifact_, "base64#" + std::to_string(encoded_), decoded);
    }

    Scan& scan_;
    const Artifact& artifact_;
    std::string code_;
    int encoded_ = 0;
};

}  // namespace

void check_text(Scan& scan, const Artifact& artifact) {
    // What is named like a pickle will be loaded as one, and runs until it breaks. Members of
    // archives are not looked at: ".pt" is Portuguese as well.
    if (artifact.chain.empty() && is_named_like_a_pickle(artifact.name)) {
        return check_pickle(scan, artifact);
    }
    search_hidden_pickles(scan, artifact);
}

void check_json(Scan& scan, const Artifact& artifact) {
    search_hidden_pickles(scan, artifact);
    if (artifact.bytes.size() > kLargestTree) {
        return scan.gap({Errc::limit_bytes, kLargestTree}, artifact);
    }
    const auto root = json::parse(text(artifact.bytes));
    if (root) return JsonCheck(scan, artifact).run(*root);
    // Braces do not make JSON: what is not parsed is text, but nothing that a loader accepts.
    if (root.error().code != Errc::bad_json) scan.gap(root.error(), artifact);
}

}  // namespace pratique::scanner
