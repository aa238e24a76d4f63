#include "scanner/checks/config/callable.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "rules/findings.h"
#include "scanner/checks/pickle/names.h"

namespace pratique::scanner {
namespace {

using rules::Effect;
using rules::Rule;
using rules::Standing;

/// Packages whose classes are made to be built from configuration: layers, optimisers, metrics,
/// callbacks. The base is what NeMo lets a configuration build since CVE-2025-23304
/// (nemo/core/classes/common.py, ALLOWED_TARGET_PREFIXES); the others are built by the loaders
/// whose configurations name them. Sorted.
struct Builder {
    std::string_view prefix;
    bool functions;  // its functions compute, too
};
constexpr auto kBuilders = std::to_array<Builder>({
    {"cldm.", false},
    {"collections.", false},
    {"diffusers.", false},
    {"hyperpyyaml.", false},
    {"ldm.", false},
    {"lightning.Trainer", false},
    {"lightning.pytorch.Trainer", false},
    {"lightning.pytorch.accelerators.", false},
    {"lightning.pytorch.callbacks.", false},
    {"lightning.pytorch.loggers.", false},
    {"lightning.pytorch.strategies.", false},
    {"megatron.core.", false},
    {"mlflow.", true},
    {"monai.losses.", false},
    {"monai.networks.", false},
    {"monai.transforms.", false},
    {"nemo.collections.", false},
    {"nemo.core.", false},
    {"nemo.lightning.", false},
    {"nemo.utils.", false},
    {"nemo_text_processing.", false},
    {"peft.", false},
    {"pytorch_lightning.Trainer", false},
    {"pytorch_lightning.accelerators.", false},
    {"pytorch_lightning.callbacks.", false},
    {"pytorch_lightning.loggers.", false},
    {"pytorch_lightning.strategies.", false},
    {"sentence_transformers.", false},
    {"sgm.", false},
    {"speechbrain.", false},
    {"torch.nn.", true},
    {"torch.optim.", false},
    {"torch.utils.data.", false},
    {"torchaudio.transforms.", false},
    {"torchmetrics.", false},
    {"torchvision.transforms.", false},
    {"transformers.", false},
});

/// Modules that lead anywhere, and that half of all modules import.
bool leads_anywhere(std::string_view module) {
    constexpr std::string_view kModules[] = {
        "builtins", "ctypes", "importlib", "nt",         "os",  "posix", "pty",
        "runpy",    "shutil", "socket",    "subprocess", "sys", "pickle"};
    return std::find(std::begin(kModules), std::end(kModules), module) != std::end(kModules);
}

std::string resolved(std::string_view dotted) {
    const auto dot = dotted.find('.');
    Symbol top;
    top.form = Symbol::Form::module;
    top.module = dotted.substr(0, dot);
    if (dot == std::string_view::npos) return top.module;
    return Names::attribute(std::move(top), dotted.substr(dot + 1)).dotted();
}

const Rule* if_dangerous(std::string_view name) {
    const Rule* rule = rules::find(name);
    return rule != nullptr && rule->standing == Standing::dangerous ? rule : nullptr;
}

/// The rule of the danger that `name` leads to, by itself or through a module it passes by:
/// "my.code.os.system".
const Rule* danger(std::string_view name) {
    if (const Rule* rule = if_dangerous(name)) return rule;
    for (auto dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.', dot + 1)) {
        const std::string_view rest = name.substr(dot + 1);
        if (!leads_anywhere(rest.substr(0, rest.find('.')))) continue;
        if (const Rule* rule = if_dangerous(rest)) return rule;
    }
    return nullptr;
}

bool is_class_name(std::string_view name) {
    const std::string_view last = name.substr(name.rfind('.') + 1);
    const auto first = last.find_first_not_of('_');
    return first != std::string_view::npos && last[first] >= 'A' && last[first] <= 'Z';
}

bool is_vetted(std::string_view name, Effect effect) {
    if (rules::vouches(name, effect)) return true;
    if (name.find("__") != std::string_view::npos) return false;
    return std::ranges::any_of(kBuilders, [&](const Builder& builder) {
        return name.starts_with(builder.prefix) && (builder.functions || is_class_name(name));
    });
}

void say_danger(Scan& scan, const Artifact& artifact, const Rule& rule, Severity severity,
                const Use& use, const std::string& evidence) {
    scan.find({RuleId::config_dangerous_callable, severity, rule.capabilities, artifact.chain,
               use.offset, evidence, std::string(rule.title) + " (" + std::string(rule.id) + ")"});
}

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.';
}

/// The rule of the worst that an expression calls or reaches by reflection.
const Rule* danger_in(std::string_view expression) {
    const Rule* worst = nullptr;
    while (!expression.empty()) {
        const auto length = static_cast<std::size_t>(
            std::find_if_not(expression.begin(), expression.end(), is_name_character) -
            expression.begin());
        const std::string_view name = expression.substr(0, length);
        expression.remove_prefix(std::max<std::size_t>(length, 1));
        if (name.empty()) continue;
        const Rule* rule = danger(resolved(name));
        if (rule == nullptr) rule = if_dangerous("builtins." + std::string(name));
        if (rule != nullptr && (worst == nullptr || rule->severity > worst->severity)) worst = rule;
    }
    return worst;
}

}  // namespace

void judge_callable(Scan& scan, const Artifact& artifact, std::string_view dotted, const Use& use) {
    const std::string name = resolved(dotted);
    std::string evidence = use.where + ": " + escape(dotted, 200);
    if (name != dotted) evidence += " is " + escape(name, 200);
    const bool imported = use.effect == Effect::import_ && !use.kept;
    if (const Rule* rule = danger(name)) {
        const Severity severity = imported ? rule->import_severity : rule->severity;
        return say_danger(scan, artifact, *rule, severity, use, evidence);
    }
    if (scan.subject().sidecars.contains(dotted.substr(0, dotted.find('.')))) {
        return scan.find(RuleId::config_local_code, artifact, use.offset, evidence);
    }
    if (is_vetted(name, use.effect)) return;
    scan.find(RuleId::config_unknown_callable, artifact, use.offset, evidence);
}

bool is_plainly_dangerous(std::string_view dotted) {
    return leads_anywhere(dotted.substr(0, dotted.find('.'))) &&
           danger(resolved(dotted)) != nullptr;
}

void judge_expression(Scan& scan, const Artifact& artifact, std::string_view expression,
                      const Use& use) {
    const std::string evidence = use.where + ": " + escape(expression, 200);
    const Rule* rule = danger_in(expression);
    if (rule != nullptr && rule->severity == Severity::critical) {
        return say_danger(scan, artifact, *rule, rule->severity, use, evidence);
    }
    scan.find(RuleId::config_expression, artifact, use.offset, evidence);
}

}  // namespace pratique::scanner
