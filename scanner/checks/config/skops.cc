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

const std::string* text_of(const json::Value& object, std::string_view key) {
    const json::Value* found = object.find(key);
    return found == nullptr ? nullptr : found->as<std::string>();
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
    met.judge_kept(member("__module__") + "." + member("__class__") + "." + *func);
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

/// {"content": {"module_path": module, "function": name}}: what protocol 0 imports, whatever class
/// the node says. Which protocol it is stands elsewhere in the file. True if there is such a pair.
bool check_function(const Met& met) {
    const json::Value* content = met.holder().find("content");
    const std::string* module = content == nullptr ? nullptr : text_of(*content, "module_path");
    const std::string* name = content == nullptr ? nullptr : text_of(*content, "function");
    if (module == nullptr || name == nullptr) return false;
    met.judge_kept(*module + "." + *name);
    return true;
}

/// The class of a random generator's bits, called as an attribute of numpy.random: as it is in
/// protocol 0, as a node of text in later ones.
void check_bit_generator(const Met& met) {
    const json::Value* content = met.holder().find("content");
    const json::Value* state = content == nullptr ? nullptr : content->find("bit_generator");
    if (state == nullptr) return;
    const std::string* name = text_of(*state, "bit_generator");
    if (name == nullptr) {
        const json::Value* members = state->find("content");
        const json::Value* node = members == nullptr ? nullptr : members->find("bit_generator");
        name = node == nullptr ? nullptr : text_of(*node, "content");
    }
    if (name == nullptr) return;
    std::string_view cls = *name;
    if (cls.starts_with('"')) cls = cls.substr(1, cls.find('"', 1) - 1);
    if (one_of(cls, {"MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"})) return;
    const std::string dotted = "numpy.random." + std::string(cls);
    if (is_plainly_dangerous(dotted)) return met.judge(dotted, Effect::call);
    met.find(RuleId::config_unknown_callable, escape(dotted, 200));
}

/// What a loader does with the class it is given.
Effect effect_of(std::string_view loader) {
    if (one_of(loader,
               {"ConstructorFromReduceNode", "ReduceNode", "PartialNode", "TreeNode", "LossNode",
                "SGDNode", "QuantileForestNode", "_DictWithDeprecatedKeysNode"})) {
        return Effect::call;
    }
    return Effect::construct;
}

/// What a function says it is where its content names it: nothing is made of these.
bool is_kind_of_function(std::string_view dotted) {
    return one_of(dotted, {"builtins.function", "builtins.builtin_function_or_method",
                           "numpy.ufunc", "builtins.type"});
}

}  // namespace

void check_skops_node(const Met& met) {
    const std::string* module = met.text();
    const std::string* cls = met.beside("__class__");
    if (module == nullptr || cls == nullptr) return;
    // Files of the first versions, and nodes within nodes, name no loader.
    const std::string* said = met.beside("__loader__");
    const std::string_view loader = said == nullptr ? std::string_view() : *said;
    const std::string dotted = *module + "." + *cls;
    if (check_function(met) && is_kind_of_function(dotted)) return;
    check_bit_generator(met);
    if (loader == "MethodNode") return check_method(met);
    if (loader == "OperatorFuncNode") return check_operator(met, *cls, *module);
    // A callable with arguments; what it calls is a node of its own.
    if (loader == "PartialNode" && dotted == "functools.partial") return;
    // The name of a type may be that of the type of types.
    if (loader == "TypeNode" && dotted == "builtins.type") return;
    if (loader == "FunctionNode" || loader == "TypeNode") return met.judge_kept(dotted);
    met.judge(dotted, effect_of(loader));
}

}  // namespace pratique::scanner
