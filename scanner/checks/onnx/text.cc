// ONNX models in the forms of text that onnx.load() takes by the name of the file: protobuf's text
// and JSON, and ONNX's own syntax. None is read as a model here, which is a gap; but files that it
// names outside of its folder are told.
//
//   protobuf   ir_version: 8  graph { initializer { external_data { key: "location" value: "…" } }
//   } JSON       {"irVersion": 8, "graph": {"initializer": [{"externalData": [{"key", "value"}]}]}}
//   ONNX       <ir_version: 8, …> name (…) => (…) <float w = ["location": "…"]> { … }
//
// Source: onnx/serialization.py, onnx/defs/parser.cc (1.18).
#include "base/text.h"

#include <algorithm>
#include <array>
#include <vector>

#include "scanner/checks/onnx/location.h"
#include "scanner/checks/onnx/onnx.h"
#include "scanner/checks/onnx/tensors.h"
#include "scanner/checks/pickle/check.h"

namespace pratique::scanner {
namespace {

constexpr std::string_view kBlanks = " \t\r\n\v\f";

/// Without the mark of UTF-8, white space and comments in front, of which "#" and "//" begin one.
std::string_view trimmed(std::string_view s) {
    if (s.starts_with("\xef\xbb\xbf")) s.remove_prefix(3);
    for (;;) {
        s.remove_prefix(std::min(s.find_first_not_of(kBlanks), s.size()));
        if (!s.starts_with('#') && !s.starts_with("//")) return s;
        s.remove_prefix(std::min(s.find('\n'), s.size()));
    }
}

/// The word in front.
std::string_view word(std::string_view s) {
    const auto is_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_';
    };
    return s.substr(0,
                    static_cast<std::size_t>(std::ranges::find_if_not(s, is_letter) - s.begin()));
}

bool is_model_field(std::string_view name) {
    constexpr auto kNames = std::to_array<std::string_view>(
        {"configuration", "doc_string", "domain", "functions", "graph", "ir_version",
         "metadata_props", "model_version", "opset_import", "producer_name", "producer_version",
         "training_info"});
    return std::ranges::find(kNames, name) != kNames.end();
}

/// A field of a ModelProto first, and a graph somewhere.
bool is_protobuf_text(std::string_view s) {
    const std::string_view first = word(s);
    if (!is_model_field(first)) return false;
    const std::string_view behind = trimmed(s.substr(first.size()));
    if (behind.empty() || std::string_view(":{<").find(behind[0]) == std::string_view::npos) {
        return false;
    }
    const auto has = [&](std::string_view name) { return s.find(name) != std::string_view::npos; };
    if (!has("ir_version") && !has("opset_import") && !has("initializer") && !has("op_type")) {
        return false;
    }
    constexpr std::string_view kGraph = "graph";
    for (auto at = s.find(kGraph); at != std::string_view::npos; at = s.find(kGraph, at + 1)) {
        std::string_view next = trimmed(s.substr(at + kGraph.size()));
        if (next.starts_with(':')) next = trimmed(next.substr(1));
        if (next.starts_with('{') || next.starts_with('<')) return true;
    }
    return false;
}

/// `<ir_version: 8, opset_import: [...]>` in front of a graph.
bool is_own_syntax(std::string_view s) {
    if (!s.starts_with('<')) return false;
    const std::string_view header = s.substr(0, s.find('>'));
    return is_model_field(word(trimmed(header.substr(1)))) &&
           header.find(':') != std::string_view::npos && s.find("=>") != std::string_view::npos;
}

struct Quoted {
    std::string_view text;
    std::uint64_t at;
};

/// What stands between quotes, as it is written.
std::vector<Quoted> quoted_texts(std::string_view s) {
    std::vector<Quoted> out;
    for (std::size_t at = 0; (at = s.find_first_of("\"'", at)) != std::string_view::npos; ++at) {
        const char quote = s[at];
        const std::size_t begin = ++at;
        while (at < s.size() && s[at] != quote && s[at] != '\n') at += s[at] == '\\' ? 2U : 1U;
        at = std::min(at, s.size());
        out.push_back({s.substr(begin, at - begin), begin});
    }
    return out;
}

/// The text beside "location", on whichever side of it the value stands.
void check_locations(Scan& scan, const Artifact& artifact) {
    constexpr std::size_t kReach = 2;
    const std::vector<Quoted> texts = quoted_texts(text(artifact.bytes));
    for (std::size_t i = 0; i < texts.size(); ++i) {
        if (texts[i].text != "location") continue;
        const std::size_t end = std::min(i + kReach + 1, texts.size());
        for (std::size_t j = i > kReach ? i - kReach : 0; j < end; ++j) {
            if (place_of(texts[j].text) != Place::outside) continue;
            check_location(scan, artifact, texts[j].at, "location", texts[j].text, 0);
        }
    }
}

/// A member by either of the names that protobuf's JSON knows it by.
bool has(const json::Value& object, std::string_view name, std::string_view other) {
    return object.find(name) != nullptr || object.find(other) != nullptr;
}

}  // namespace

Claim recognise_onnx_text(Bytes bytes, const Limits& /*limits*/) {
    const std::string_view s = trimmed(text(bytes));
    return is_protobuf_text(s) || is_own_syntax(s) ? Claim::weak : Claim::no;
}

void check_onnx_text(Scan& scan, const Artifact& artifact) {
    search_hidden_pickles(scan, artifact);
    check_locations(scan, artifact);
    scan.gap(GapReason::not_inspected, artifact, 0, "an ONNX model as text is not inspected");
}

void check_onnx_json(Scan& scan, const Artifact& artifact, const Document& document) {
    const json::Value& root = document.root();
    const json::Value* graph = root.find("graph");
    const bool is_model =
        graph != nullptr && graph->as<json::Object>() != nullptr &&
        (has(root, "irVersion", "ir_version") || has(root, "opsetImport", "opset_import"));
    if (!is_model) return;
    for (const Document::Node& node : document.nodes()) {
        const json::Value* key = node.value->find("key");
        const json::Value* value = node.value->find("value");
        if (key == nullptr || value == nullptr) continue;
        const auto* name = key->as<std::string>();
        const auto* location = value->as<std::string>();
        if (name == nullptr || location == nullptr || *name != "location") continue;
        check_location(scan, artifact, 0, document.path(node), *location, 0);
    }
    scan.gap(GapReason::not_inspected, artifact, 0, "an ONNX model as JSON is not inspected");
}

}  // namespace pratique::scanner
