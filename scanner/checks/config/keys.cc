#include "scanner/checks/config/keys.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "formats/archive/member_name.h"
#include "rules/findings.h"
#include "scanner/checks/config/hydra.h"
#include "scanner/checks/config/imports.h"
#include "scanner/checks/config/met.h"
#include "scanner/checks/config/pattern.h"
#include "scanner/checks/config/requirement.h"
#include "scanner/checks/config/skops.h"

namespace pratique::scanner {
namespace {

using rules::Effect;

/// Keys that are looked at in one document. A forest of a thousand trees has some 50,000.
constexpr int kMostMet = 200'000;

// --- Code beside the model, and code of others ---------------------------------------------------

/// "modeling_x.Class", "owner/repository--modeling_x.Class" or a list of both.
void check_code_reference(const Met& met, const std::string& reference) {
    const auto dashes = reference.find("--");
    if (dashes != std::string::npos) {
        return met.find(RuleId::config_remote_code, escape(reference, 200));
    }
    met.find(RuleId::config_local_code, escape(reference, 200));
    const std::string file = reference.substr(0, reference.rfind('.')) + ".py";
    if (met.artifact.chain.empty() && archive::is_plain_name(file)) {
        met.scan.refer(met.artifact, 0, file);
    }
}

void check_references(const Met& met, const json::Value& value) {
    if (const auto* reference = value.as<std::string>()) check_code_reference(met, *reference);
    const auto* list = value.as<json::Array>();
    for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
        if (const auto* reference = (*list)[i].as<std::string>()) {
            check_code_reference(met, *reference);
        }
    }
}

void check_auto_map(const Met& met) {
    check_references(met, met.value());
    const auto* classes = met.value().as<json::Object>();
    for (std::size_t i = 0; classes != nullptr && i < classes->size(); ++i) {
        check_references(met, (*classes)[i].second);
    }
}

/// {"task": {"impl": "file.Class", ...}}
void check_custom_pipelines(const Met& met) {
    const auto* tasks = met.value().as<json::Object>();
    for (std::size_t i = 0; tasks != nullptr && i < tasks->size(); ++i) {
        const json::Value* code = (*tasks)[i].second.find("impl");
        if (code != nullptr) check_references(met, *code);
    }
}

/// A repository whose generate.py replaces the generation loop.
void check_custom_generate(const Met& met) {
    if (met.text() != nullptr) met.find(RuleId::config_remote_code, escape(*met.text(), 200));
}

void check_trust(const Met& met) {
    const auto* trusts = met.value().as<bool>();
    if (trusts != nullptr && *trusts) met.find(RuleId::config_trust_remote_code, "true");
}

// --- Files ---------------------------------------------------------------------------------------

bool is_remote(std::string_view name) {
    const auto scheme = name.find("://");
    return scheme != std::string_view::npos && scheme > 0 && scheme < 12;
}

/// What a loader opens by these names mostly comes from its caller; what the file says is left over
/// from where it was made.
void check_path(const Met& met) {
    const std::string* name = met.text();
    if (name == nullptr || name->empty()) return;
    if (is_remote(*name)) return met.find(RuleId::config_remote_file, escape(*name, 200));
    if (archive::escapes(*name) || name->starts_with('~')) {
        met.find(RuleId::config_path, escape(*name, 200));
    }
}

// --- Modules, classes, functions -----------------------------------------------------------------

void check_call(const Met& met) {
    if (met.text() != nullptr) met.judge(*met.text(), Effect::call);
}
void check_class(const Met& met) {
    if (met.text() != nullptr) met.judge(*met.text(), Effect::construct);
}
void check_module(const Met& met) {
    if (met.text() != nullptr) met.judge(*met.text(), Effect::import_);
}
/// jsonpickle: "module/expression", evaluated.
void check_repr(const Met& met) {
    if (met.text() == nullptr) return;
    judge_expression(met.scan, met.artifact, *met.text(), {Effect::call, met.where()});
}

/// MLflow: the module whose load function is called, and the folder that goes into its path.
void check_loader_module(const Met& met) {
    if (met.text() == nullptr) return;
    if (const std::string* code = met.beside("code")) {
        met.find(RuleId::config_local_code,
                 escape(*met.text(), 200) + " with " + escape(*code, 200));
    }
    if (!met.text()->starts_with("mlflow.")) met.judge(*met.text(), Effect::call);
}

void check_model_code(const Met& met) {
    if (met.text() != nullptr) met.find(RuleId::config_local_code, escape(*met.text(), 200));
}

/// The library of an adapter's base model, which is imported.
void check_parent_library(const Met& met) {
    if (met.text() == nullptr) return;
    const std::string_view library = *met.text();
    for (const std::string_view known : {"transformers", "diffusers", "timm", "peft"}) {
        if (library == known || library.starts_with(std::string(known) + ".")) return;
    }
    met.judge(library, Effect::import_);
}

/// "type" stands in half of all documents, and for a class only where it has a point.
bool has_point(const json::Value& value) {
    const auto* text = value.as<std::string>();
    return text != nullptr && text->find('.') != std::string::npos;
}

struct Key {
    std::string_view name;
    void (*check)(const Met& met);
};

// Sorted. The values of `class_name` and the like are read with the rest of their format.
constexpr auto kKeys = std::to_array<Key>({
    {"Regex", check_pattern},
    {"__module__", check_skops_node},
    {"_attn_implementation", check_kernels},
    {"_attn_implementation_internal", check_kernels},
    {"_name_or_path", check_path},
    {"_target_", check_target},
    {"activation_fn", check_activation},
    {"activation_function", check_activation},
    {"added_tokens_file", check_path},
    {"attn_implementation", check_kernels},
    {"auto_map", check_auto_map},
    {"base_model_name_or_path", check_path},
    {"channels", check_requirements},
    {"class_path", check_class_path},
    {"cmd", check_command},
    {"command", check_command},
    {"custom_generate", check_custom_generate},
    {"custom_imports", check_custom_imports},
    {"custom_pipelines", check_custom_pipelines},
    {"dependencies", check_requirements},
    {"keras_module", check_serialiser},
    {"loader_module", check_loader_module},
    {"megatron_core", check_megatron},
    {"merges_file", check_path},
    {"model_code_path", check_model_code},
    {"model_name_or_path", check_path},
    {"name_or_path", check_path},
    {"parent_library", check_parent_library},
    {"pickle_module_name", check_serialiser},
    {"pip", check_requirements},
    {"pretrained_model_name_or_path", check_path},
    {"py/function", check_call},
    {"py/mod", check_module},
    {"py/object", check_class},
    {"py/repr", check_repr},
    {"py/type", check_class},
    {"requirements", check_requirements},
    {"run", check_command},
    {"sbert_ce_default_activation_function", check_activation},
    {"sp_model_file", check_path},
    {"special_tokens_map_file", check_path},
    {"spm_file", check_path},
    {"target", check_target_with_params},
    {"tokenizer_config_file", check_path},
    {"tokenizer_file", check_path},
    {"tokenizer_name_or_path", check_path},
    {"trust_remote_code", check_trust},
    {"type", check_type},
    {"types", check_router_types},
    {"user_dir", check_user_folder},
    {"vocab_file", check_path},
});
static_assert(std::ranges::is_sorted(kKeys, {}, &Key::name));

}  // namespace

void check_config_keys(Scan& scan, const Artifact& artifact, const Document& document) {
    int met = 0;
    for (const Document::Node& node : document.nodes()) {
        const std::string_view name = document.key(node);
        const auto key = std::ranges::lower_bound(kKeys, name, {}, &Key::name);
        if (key == kKeys.end() || key->name != name) continue;
        if (name == "type" && !has_point(*node.value)) continue;
        if (++met > kMostMet) return scan.gap({Errc::limit_steps, 0}, artifact);
        key->check({scan, artifact, document, node});
    }
}

}  // namespace pratique::scanner
