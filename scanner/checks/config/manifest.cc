#include "scanner/checks/config/manifest.h"

#include <algorithm>

#include "base/text.h"
#include "formats/archive/member_name.h"
#include "rules/findings.h"
#include "scanner/checks/config/callable.h"
#include "scanner/extension.h"

namespace pratique::scanner {
namespace {

using rules::Effect;

constexpr std::size_t kMostModules = 1000;

const std::string* text_of(const json::Value& object, std::string_view key) {
    const json::Value* found = object.find(key);
    return found == nullptr ? nullptr : found->as<std::string>();
}

bool one_of(std::string_view s, std::initializer_list<std::string_view> all) {
    return std::find(all.begin(), all.end(), s) != all.end();
}

std::string item(std::string_view path, std::size_t index, std::string_view key) {
    return std::string(path) + "[" + std::to_string(index) + "]." + std::string(key);
}

/// A file of code that the manifest has its loader run.
void say_code(Scan& scan, const Artifact& artifact, const std::string& where,
              const std::string& file) {
    const RuleId rule =
        archive::escapes(file) ? RuleId::config_escaping_code : RuleId::config_local_code;
    scan.find(rule, artifact, 0, where + ": " + escape(file, 200));
}

/// Libraries whose classes diffusers makes, and the modules of its own that it calls by name only.
bool is_diffusers_library(std::string_view library) {
    return one_of(library, {"diffusers",
                            "transformers",
                            "onnxruntime",
                            "peft",
                            "optimum.onnxruntime",
                            "optimum.intel.openvino",
                            "flax",
                            "k_diffusion",
                            "audioldm2",
                            "deepfloyd_if",
                            "kandinsky",
                            "latent_diffusion",
                            "paint_by_example",
                            "pixart_alpha",
                            "semantic_stable_diffusion",
                            "stable_audio",
                            "stable_cascade",
                            "stable_diffusion",
                            "stable_diffusion_safe",
                            "stable_diffusion_xl",
                            "unclip",
                            "unidiffuser",
                            "wuerstchen"});
}

void check_component(Scan& scan, const Artifact& artifact, const std::string& name,
                     const json::Array& pair) {
    if (pair.size() != 2) return;
    const auto* library = pair[0].as<std::string>();
    const auto* cls = pair[1].as<std::string>();
    if (library == nullptr || cls == nullptr || is_diffusers_library(*library)) return;
    const std::string where = "$." + escape(name, 100);
    const std::string dotted = *library + "." + *cls;
    // A name without a dot that no rule knows is most likely a file in the component's folder.
    const bool local = library->find('.') == std::string::npos && !is_plainly_dangerous(dotted);
    if (local) return say_code(scan, artifact, where, *library + ".py");
    judge_callable(scan, artifact, dotted, {Effect::call, where, 0});
}

bool is_builtin_handler(std::string_view handler) {
    return one_of(handler, {"image_classifier", "image_segmenter", "object_detector",
                            "text_classifier", "base_handler", "text_handler", "vision_handler"});
}

void check_symbol(Scan& scan, const Artifact& artifact, std::size_t index,
                  const json::Value& node) {
    const std::string* op = text_of(node, "op");
    if (op == nullptr) return;
    const std::string where = item("$.nodes", index, "op") + ": " + escape(*op, 100);
    if (*op == "Custom") {
        for (const std::string_view key : {"attrs", "attr", "param"}) {
            const json::Value* attributes = node.find(key);
            const auto* type = attributes == nullptr ? nullptr : text_of(*attributes, "op_type");
            if (type == nullptr) continue;
            return scan.find(RuleId::config_custom_operator, artifact, 0,
                             where + " " + escape(*type, 100));
        }
        scan.find(RuleId::config_custom_operator, artifact, 0, where);
    } else if (*op == "_Native" || *op == "_NDArray") {
        scan.find(RuleId::config_native_pointer, artifact, 0, where);
    }
}

}  // namespace

void check_sentence_modules(Scan& scan, const Artifact& artifact, const Document& document) {
    const auto* modules = document.root().as<json::Array>();
    if (modules == nullptr || modules->size() > kMostModules) return;
    for (std::size_t i = 0; i < modules->size(); ++i) {
        const json::Value& module = (*modules)[i];
        const std::string* type = text_of(module, "type");
        const std::string* path = text_of(module, "path");
        if (type == nullptr || path == nullptr || type->find('.') == std::string::npos) continue;
        judge_callable(scan, artifact, *type, {Effect::call, item("$", i, "type"), 0});
        if (!archive::escapes(*path)) continue;
        scan.find(RuleId::config_path, artifact, 0,
                  item("$", i, "path") + ": " + escape(*path, 200));
    }
}

void check_model_index(Scan& scan, const Artifact& artifact, const Document& document) {
    const auto* members = document.root().as<json::Object>();
    const json::Value* cls = document.root().find("_class_name");
    const bool named = base_name(artifact.name) == "model_index.json";
    if (members == nullptr || (cls == nullptr && !named)) return;
    // A list names the file of a pipeline, and the class in it.
    const auto* custom = cls == nullptr ? nullptr : cls->as<json::Array>();
    if (custom != nullptr && !custom->empty()) {
        const auto* file = custom->front().as<std::string>();
        if (file != nullptr) say_code(scan, artifact, "$._class_name", *file + ".py");
    }
    for (const auto& [name, value] : *members) {
        if (name.starts_with('_')) continue;
        if (const auto* pair = value.as<json::Array>())
            check_component(scan, artifact, name, *pair);
    }
}

void check_torchserve(Scan& scan, const Artifact& artifact, const Document& document) {
    const json::Value* model = document.root().find("model");
    if (model == nullptr) return;
    const std::string* handler = text_of(*model, "handler");
    if (handler == nullptr) return;
    // "file.py:function" or "module:function", too.
    const std::string file =
        handler->substr(0, handler->find(".py:") == std::string::npos ? handler->size()
                                                                      : handler->find(".py:") + 3);
    if (!is_builtin_handler(file)) say_code(scan, artifact, "$.model.handler", file);
    if (const std::string* code = text_of(*model, "modelFile")) {
        say_code(scan, artifact, "$.model.modelFile", *code);
    }
}

void check_mxnet_graph(Scan& scan, const Artifact& artifact, const Document& document) {
    const json::Value* nodes = document.root().find("nodes");
    const auto* list = nodes == nullptr ? nullptr : nodes->as<json::Array>();
    if (list == nullptr || document.root().find("heads") == nullptr) return;
    for (std::size_t i = 0; i < list->size(); ++i) check_symbol(scan, artifact, i, (*list)[i]);
}

}  // namespace pratique::scanner
