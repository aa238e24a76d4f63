#include "scanner/checks/document/document.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "scanner/checks/config/hydra.h"
#include "scanner/checks/config/keys.h"
#include "scanner/checks/config/manifest.h"
#include "scanner/checks/document/bomb.h"
#include "scanner/checks/document/encoded.h"
#include "scanner/checks/document/python_json.h"
#include "scanner/checks/jinja/jinja.h"
#include "scanner/checks/keras/keras.h"
#include "scanner/checks/notebook/notebook.h"
#include "scanner/checks/onnx/onnx.h"
#include "scanner/checks/pickle/check.h"
#include "scanner/checks/safetensors/safetensors.h"
#include "scanner/checks/tensorflow/tensorflow.h"
#include "scanner/checks/yaml/yaml.h"

namespace pratique::scanner {
namespace {

/// A larger text is not taken apart. The largest tokenizers are 40 MB.
constexpr std::uint64_t kLargestText = 256 * kMiB;
/// Nor is one of more values: each takes up to a hundred bytes in the tree.
constexpr std::ptrdiff_t kMostValues = 12'000'000;

/// What a loader would do with these is not known.
void check_unread_code(Scan& scan, const Artifact& artifact, const Document& document) {
    for (const Document::Node& node : document.nodes()) {
        if (document.key(node) != "custom_objects") continue;
        return scan.gap(GapReason::not_inspected, artifact, 0,
                        document.path(node) + ": names code for a loader that is not known");
    }
}

constexpr auto kDocumentChecks = std::to_array<DocumentCheck>({
    check_encoded_pickles,
    check_notebook,
    check_chat_templates,
    check_shard_index,
    check_tfjs,
    check_onnx_json,
    check_config_keys,
    check_interpolations,
    check_sentence_modules,
    check_model_index,
    check_torchserve,
    check_mxnet_graph,
    check_keras,
    check_unread_code,
});

/// More values than a tree may hold, as the commas and brackets tell.
bool is_large(std::string_view s) {
    return std::count_if(s.begin(), s.end(),
                         [](char c) { return c == ',' || c == '[' || c == '{'; }) > kMostValues;
}

std::string_view without_space(Bytes bytes) {
    const std::string_view s = text(bytes);
    const auto first = s.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return s.substr(first, s.find_last_not_of(" \t\r\n") - first + 1);
}

}  // namespace

/// Text that begins as JSON and ends as it: whether it is any, the check finds out.
Claim recognise_json(Bytes bytes, const Limits& /*limits*/) {
    const std::string_view s = without_space(bytes);
    const bool bracketed =
        (s.starts_with('{') || s.starts_with('[')) && (s.ends_with('}') || s.ends_with(']'));
    return bracketed && !begins_with_section(s) ? Claim::weak : Claim::no;
}

void check_json(Scan& scan, const Artifact& artifact) {
    search_hidden_pickles(scan, artifact);
    const std::string_view s = text(artifact.bytes);
    if (s.size() > kLargestText) return scan.gap({Errc::limit_bytes, kLargestText}, artifact);
    if (is_large(s)) return scan.gap({Errc::limit_nodes, 0}, artifact);
    const auto root = read_json(artifact.bytes);
    if (root) return check_document(scan, artifact, *root);
    report_json_bomb(scan, artifact, root.error());
    // Braces do not make JSON: what is not parsed may be a template, YAML, or text that no loader
    // accepts.
    if (root.error().code != Errc::bad_json) return scan.gap(root.error(), artifact);
    if (is_named_like_a_template(artifact.name)) return check_template(scan, artifact);
    check_as_yaml(scan, artifact);
}

void check_document(Scan& scan, const Artifact& artifact, const json::Value& root) {
    const Document document(root);
    for (const DocumentCheck check : kDocumentChecks) check(scan, artifact, document);
}

Document::Document(const json::Value& root) : nodes_{{&root, 0, 0}} {
    for (std::uint32_t parent = 0; parent < nodes_.size(); ++parent) {
        const json::Value& value = *nodes_[parent].value;
        std::uint32_t position = 0;
        if (const auto* array = value.as<json::Array>()) {
            for (const json::Value& item : *array) nodes_.push_back({&item, parent, position++});
        }
        if (const auto* object = value.as<json::Object>()) {
            for (const auto& member : *object) {
                nodes_.push_back({&member.second, parent, position++});
            }
        }
    }
}

std::string_view Document::key(const Node& node) const {
    const auto* object = nodes_[node.parent].value->as<json::Object>();
    if (object == nullptr || &node == nodes_.data()) return {};
    return (*object)[node.position].first;
}

std::string Document::path(const Node& node) const {
    std::vector<std::string> steps;
    const Node* at = &node;
    for (; at != nodes_.data(); at = &nodes_[at->parent]) {
        const bool member = nodes_[at->parent].value->as<json::Object>() != nullptr;
        steps.push_back(member ? "." + escape(key(*at), 100)
                               : "[" + std::to_string(at->position) + "]");
    }
    std::string out = "$";
    for (auto step = steps.rbegin(); step != steps.rend(); ++step) out += *step;
    return out;
}

}  // namespace pratique::scanner
