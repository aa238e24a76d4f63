#include "scanner/checks/keras/keras.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "formats/archive/member_name.h"
#include "rules/findings.h"
#include "scanner/checks/document/python_json.h"
#include "scanner/checks/keras/code.h"
#include "scanner/checks/keras/object.h"
#include "scanner/checks/pickle/check.h"

namespace pratique::scanner {
namespace {

using keras::text_of;

/// Values of a class_name without a config that only give a shape or a type.
bool is_plain_value(std::string_view name) {
    constexpr std::string_view kNames[] = {"TensorShape",     "TypeSpec",  "CompositeTensor",
                                           "__ellipsis__",    "__tuple__", "NoneTypeSpec",
                                           "__keras_tensor__"};
    return std::ranges::find(kNames, name) != std::end(kNames);
}

/// A class without a config, which Keras refuses, is one for another loader if it says where it
/// comes from. Else it is data: `{"class_name": "dog"}`.
bool leads_to_code(const json::Value& object) {
    for (const std::string_view key : {"module", "module_name", "module_path", "package",
                                       "registered_name", "args", "kwargs", "params"}) {
        if (object.find(key) != nullptr) return true;
    }
    return text_of(object.find("class_name")).find_first_of(".:>") != std::string_view::npos;
}

/// Keys whose text Keras opens: vocabularies, models, downloads. Sorted.
bool names_a_file(std::string_view key) {
    constexpr auto kKeys =
        std::to_array<std::string_view>({"file_path", "filepath", "handle", "merges", "origin",
                                         "proto", "url", "vocabulary", "vocabulary_file"});
    return std::ranges::binary_search(kKeys, key);
}

bool is_url(std::string_view text) {
    const auto colon = text.find("://");
    return colon != std::string_view::npos && colon > 1 && colon < 16;
}

class KerasCheck {
public:
    KerasCheck(Scan& scan, const Artifact& artifact, const Document& document)
        : scan_(scan), artifact_(artifact), document_(document) {}

    void run() {
        bool is_model = false;
        for (const Document::Node& node : document_.nodes()) {
            const json::Value* name = node.value->find("class_name");
            if (name == nullptr || name->as<std::string>() == nullptr) continue;
            if (const json::Value* config = node.value->find("config")) {
                is_model = true;
                keras::check_object(scan_, artifact_, document_, node, *config);
            } else if (!is_plain_value(text_of(name)) && leads_to_code(*node.value)) {
                scan_.gap(GapReason::not_inspected, artifact_, 0,
                          document_.path(node) + ": names a class for a loader that is not known");
            }
        }
        if (!is_model) return;
        for (const Document::Node& node : document_.nodes()) check_value(node);
    }

private:
    void check_value(const Document::Node& node) {
        const std::string_view key = document_.key(node);
        const auto* flag = node.value->as<bool>();
        if (flag != nullptr && !*flag && key == "safe_mode") {
            return find(RuleId::keras_unsafe_flag, node, "");
        }
        const auto* text = node.value->as<std::string>();
        if (text == nullptr) return;
        if (keras::looks_like_code(*text)) {
            keras::find_code(scan_, artifact_, *text, document_.path(node));
            return;
        }
        if (names_a_file(key)) check_file(node, *text);
    }

    void check_file(const Document::Node& node, const std::string& name) {
        if (is_url(name)) return find(RuleId::keras_url, node, name);
        if (archive::escapes(name)) return find(RuleId::keras_path_escapes, node, name);
    }

    void find(RuleId rule, const Document::Node& node, std::string_view what) {
        std::string evidence = document_.path(node);
        if (!what.empty()) evidence += ": " + escape(what, 200);
        scan_.find(rule, artifact_, 0, std::move(evidence));
    }

    Scan& scan_;
    const Artifact& artifact_;
    const Document& document_;
};

}  // namespace

void check_keras(Scan& scan, const Artifact& artifact, const Document& document) {
    KerasCheck(scan, artifact, document).run();
}

void check_keras_config(Scan& scan, const Artifact& parent, std::string_view name, Bytes bytes) {
    const Artifact config{chained(parent, name), bytes, parent.depth + 1,
                          std::string(name),     false, "json"};
    search_hidden_pickles(scan, config);
    const auto root = read_json(bytes);
    if (root) return check_document(scan, config, *root);
    scan.find(RuleId::keras_config_unreadable, config, root.error().offset,
              std::string(meaning(root.error().code)));
    scan.gap(root.error(), config);
}

}  // namespace pratique::scanner
