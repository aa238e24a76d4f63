#include "scanner/checks/config/imports.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "rules/findings.h"
#include "scanner/checks/pickle/check.h"
#include "scanner/checks/script/script.h"
#include "scanner/extension.h"

namespace pratique::scanner {
namespace {

using rules::Effect;

/// "package.module.name", as Python spells it.
bool is_dotted(std::string_view name) {
    const auto is_part = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '.' || (c & 0x80) != 0;
    };
    return name.find('.') != std::string_view::npos && std::ranges::all_of(name, is_part) &&
           (name.front() < '0' || name.front() > '9');
}

/// Modules that MLflow's own flavours write down.
bool is_own_serialiser(std::string_view module) {
    constexpr auto kModules = std::to_array<std::string_view>(
        {"cloudpickle", "dill", "joblib", "keras", "mlflow.pytorch.pickle_module", "pickle",
         "tensorflow.keras", "tf_keras", "torch"});
    return std::ranges::binary_search(kModules, module);
}

/// Hands each text that a value holds, itself or as items of a list, to `look`.
template <class Look>
void each_text(const json::Value& value, const Look& look) {
    if (const auto* text = value.as<std::string>()) look(*text);
    const auto* list = value.as<json::Array>();
    for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
        if (const auto* text = (*list)[i].as<std::string>()) look(*text);
    }
}

/// Whether the document is one whose tool runs what stands under this key.
bool is_run(const Met& met) {
    const std::string_view key = met.document.key(met.node);
    const json::Value& root = met.document.root();
    if (key == "cmd") return root.find("stages") != nullptr;
    if (key == "command" && root.find("entry_points") != nullptr) return true;
    return root.find("build") != nullptr &&
           (root.find("predict") != nullptr || root.find("train") != nullptr ||
            root.find("image") != nullptr || base_name(met.artifact.name) == "cog.yaml");
}

}  // namespace

void check_megatron(const Met& met) {
    if (met.text() == nullptr || *met.text() == "megatron.core") return;
    met.judge_kept(*met.text());
}

void check_activation(const Met& met) {
    if (met.text() != nullptr && is_dotted(*met.text())) met.judge(*met.text(), Effect::call);
}

void check_router_types(const Met& met) {
    const auto* types = met.value().as<json::Object>();
    if (types == nullptr || met.holder().find("structure") == nullptr) return;
    for (const auto& [name, value] : *types) {
        const auto* dotted = value.as<std::string>();
        if (dotted == nullptr) continue;
        const std::string where = met.where() + "." + escape(name, 100);
        judge_callable(met.scan, met.artifact, *dotted, {Effect::call, where});
    }
}

void check_custom_imports(const Met& met) {
    const json::Value* imports = met.value().find("imports");
    if (imports == nullptr) return;
    each_text(*imports, [&](const std::string& module) { met.judge(module, Effect::import_); });
}

void check_serialiser(const Met& met) {
    if (met.text() == nullptr || is_own_serialiser(*met.text())) return;
    met.judge_kept(*met.text());
}

void check_type(const Met& met) {
    const std::string* name = met.text();
    // A list of modules, as sentence-transformers has it, is looked at as a whole.
    if (name == nullptr || met.document.root().as<json::Array>() != nullptr) return;
    const json::Value& root = met.document.root();
    const bool allennlp = root.find("dataset_reader") != nullptr && root.find("model") != nullptr;
    if (is_dotted(*name) && (allennlp || is_plainly_dangerous(*name))) {
        met.judge(*name, Effect::call);
    }
}

void check_user_folder(const Met& met) {
    if (met.text() == nullptr || met.text()->empty()) return;
    met.find(RuleId::config_local_code, escape(*met.text(), 200));
}

void check_kernels(const Met& met) {
    if (met.text() == nullptr || met.text()->find('/') == std::string::npos) return;
    met.find(RuleId::config_remote_code, escape(*met.text(), 200));
}

void check_command(const Met& met) {
    if (!is_run(met)) return;
    each_text(met.value(), [&](const std::string& command) {
        met.find(RuleId::config_command, escape(command, 200));
        check_command_lines(met.scan, met.artifact, command, 0);
    });
}

bool is_serialiser_note(std::string_view name) {
    const std::string base = base_name(name);
    return base == "pickle_module_info.txt" || base == "keras_module.txt";
}

void check_serialiser_note(Scan& scan, const Artifact& artifact) {
    search_hidden_pickles(scan, artifact);
    std::string_view module = text(artifact.bytes);
    const auto end = module.find_last_not_of(" \t\r\n");
    if (end == std::string_view::npos) return;
    module = module.substr(0, end + 1);
    if (is_own_serialiser(module)) return;
    judge_callable(scan, artifact, module,
                   {.effect = Effect::import_, .where = "module", .kept = true});
}

}  // namespace pratique::scanner
