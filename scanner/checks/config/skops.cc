#include "scanner/checks/config/skops.h"

#include <algorithm>

#include "base/text.h"
#include "rules/findings.h"

namespace pratique::scanner {
namespace {

using rules::Effect;

bool one_of(std::string_view s, std::initializer_list<std::string_view> all) {
    return std::find(all.begin(), all.end(), s) != all.end();
}

/// {"content": {"func": name, "obj": node}}: the attribute `func` of an object (CVE-2025-54413).
void check_method(const Met& met) {
    const json::Value* content = met.holder().find("content");
    const json::Value* name = content == nullptr ? nullptr : content->find("func");
    const auto* func = name == nullptr ? nullptr : name->as<std::string>();
    if (func == nullptr) return;
    if (func->find("__") != std::string::npos) {
        return met.find(RuleId::config_attribute_walk, escape(*func, 200));
    }
    const json::Value* object = content->find("obj");
    const auto member = [&](std::string_view key) {
        const json::Value* found = object == nullptr ? nullptr : object->find(key);
        const auto* text = found == nullptr ? nullptr : found->as<std::string>();
        return text == nullptr ? std::string("?") : *text;
    };
    met.judge(member("__module__") + "." + member("__class__") + "." + *func, Effect::import_);
}

/// Calls `operator.<class>`, whatever the module says (CVE-2025-54412).
void check_operator(const Met& met, const std::string& cls, const std::string& module) {
    const bool known = one_of(cls, {"attrgetter", "itemgetter", "methodcaller"});
    if (module != "operator" || !known) {
        return met.find(RuleId::config_forged_operator,
                        escape(module, 100) + "." + escape(cls, 100));
    }
    met.find(RuleId::config_unknown_callable, "operator." + cls);
}

/// What a loader does with the class it is given.
Effect effect_of(std::string_view loader) {
    if (one_of(loader, {"FunctionNode", "TypeNode", "MethodNode"})) return Effect::import_;
    if (one_of(loader, {"ConstructorFromReduceNode", "ReduceNode", "PartialNode", "TreeNode",
                        "LossNode", "SGDNode", "_DictWithDeprecatedKeysNode"})) {
        return Effect::call;
    }
    return Effect::construct;
}

}  // namespace

void check_skops_node(const Met& met) {
    const std::string* cls = met.beside("__class__");
    const std::string* module = met.beside("__module__");
    if (met.text() == nullptr || cls == nullptr || module == nullptr) return;
    const std::string& loader = *met.text();
    if (loader == "MethodNode") return check_method(met);
    if (loader == "OperatorFuncNode") return check_operator(met, *cls, *module);
    // A callable with arguments; what it calls is a node of its own.
    if (loader == "PartialNode" && *module + "." + *cls == "functools.partial") return;
    met.judge(*module + "." + *cls, effect_of(loader));
}

}  // namespace pratique::scanner
