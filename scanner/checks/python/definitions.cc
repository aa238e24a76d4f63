// Functions and classes where they are defined: defaults, hooks and decorators run there.
#include <algorithm>
#include <array>

#include "formats/python/literal.h"
#include "scanner/checks/python/interpreter.h"

namespace pratique::scanner {

using python::Index;
using python::kNone;
using python::Node;
using python::NodeKind;
using python::Statement;
using python::StatementKind;

namespace {

/// Methods that making a class runs: of its bases those in front, of its metaclass all.
constexpr auto kClassHooks =
    std::to_array<std::string_view>({"__init_subclass__", "__set_name__", "__class_getitem__",
                                     "__prepare__", "__new__", "__init__", "__call__"});
constexpr std::size_t kHooksOfBases = 3;

/// Classes that loaders make: those of transformers, of Keras, of torch, handlers of servers.
bool is_loaded_class(std::string_view name) {
    constexpr auto kParts = std::to_array<std::string_view>(
        {"PreTrained", "Pretrained", "Model", "Module", "Layer", "Config", "Tokenizer", "Processor",
         "Pipeline", "Handler", "Extractor"});
    return std::ranges::any_of(
        kParts, [&](std::string_view part) { return name.find(part) != std::string_view::npos; });
}

}  // namespace

// NOLINTNEXTLINE(misc-no-recursion): bounded by the nesting of suites and of calls
void Interpreter::define(Index index, std::size_t scope) {
    const Statement& here = tree_.statements[index];
    evaluate(index, scope);
    const std::string name = python::read_name(here.name);
    functions_[index] = scope;
    if (scopes_[scope].is_class) methods_[name].push_back(index);
    Value made;
    made.kind = Value::Kind::function;
    made.statement = index;
    set(name, made, scope);
    decorate(made, here.begin);
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by the nesting of suites and of calls
void Interpreter::make_class(Index index, std::size_t scope) {
    const Statement& here = tree_.statements[index];
    const auto decorators = std::exchange(decorators_, {});
    const Frame frame = evaluate(index, scope);
    const std::string name = python::read_name(here.name);
    Class made;
    made.loaded = is_loaded_class(name);
    for (const Index root : tree_.roots_of(here)) {
        const Node& node = tree_.nodes[root];
        made.bases.push_back(frame[root]);
        made.loaded = made.loaded || is_loaded_class(frame[root].dotted()) ||
                      is_loaded_class(tree_.token(node));
    }
    scopes_.push_back({{}, scope, true});
    made.scope = scopes_.size() - 1;
    execute(index + 1, here.end, made.scope);
    Value value;
    value.kind = Value::Kind::class_;
    value.statement = index;
    classes_[index] = made;
    set(name, value, scope);
    // Making it calls hooks of its bases, and all that a metaclass of this source has.
    for (std::size_t i = 0; i < made.bases.size(); ++i) {
        const auto base = classes_.find(made.bases[i].statement);
        if (base == classes_.end()) continue;
        const Node& node = tree_.nodes[tree_.roots_of(here)[i]];
        const bool meta = node.kind == NodeKind::keyword && tree_.token(node) == "metaclass";
        const auto hooks = std::span(kClassHooks).first(meta ? kClassHooks.size() : kHooksOfBases);
        for (const std::string_view hook : hooks) {
            const Value method = method_of(made.bases[i], std::string(hook));
            if (method.is(Value::Kind::function)) call_function(method.statement, {}, value);
        }
    }
    decorators_ = decorators;
    decorate(value, here.begin);
}

/// Decorators are called with what they decorate.
// NOLINTNEXTLINE(misc-no-recursion): bounded by the nesting of suites and of calls
void Interpreter::decorate(const Value& defined, std::uint64_t at) {
    const auto decorators = std::exchange(decorators_, {});
    for (const Value& decorator : decorators) {
        Arguments given;
        given.positional.push_back(defined);
        // `@exec` runs what the decorator below it gave: nobody writes that but to hide it.
        const auto act = act_of(decorator.dotted());
        if (act == Act::evaluate || act == Act::command) {
            given.positional[0] = unknown(kDecoded);
            given.marks = kDecoded;
        }
        call(at, decorator, {}, "", given);
    }
}

}  // namespace pratique::scanner
