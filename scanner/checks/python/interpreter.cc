#include "scanner/checks/python/interpreter.h"

#include <algorithm>
#include <array>

#include "formats/python/literal.h"

namespace pratique::scanner {

using python::Index;
using python::kNone;
using python::Node;
using python::NodeKind;
using python::Statement;
using python::StatementKind;

namespace {

bool is_dunder(std::string_view name) {
    return name.size() > 4 && name.starts_with("__") && name.ends_with("__");
}

/// Methods that run when somebody loads the model or first asks it something.
bool is_load_method(std::string_view name) {
    constexpr auto kNames = std::to_array<std::string_view>(
        {"__init__", "__new__", "__call__", "__post_init__", "__setstate__", "from_pretrained",
         "forward", "call", "build", "initialize", "load", "handle", "preprocess", "inference",
         "postprocess", "setup"});
    return std::ranges::find(kNames, name) != kNames.end();
}

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

/// Modules whose names are all imported; one or two are usual.
constexpr std::size_t kMostStars = 32;
/// What one source may cost: nodes walked, those of functions that are called again included, and
/// what folding makes.
constexpr std::uint64_t kMostSteps = 20'000'000;

}  // namespace

bool Interpreter::spend(std::uint64_t steps) {
    steps_ += steps;
    if (steps_ <= kMostSteps) return true;
    scan_.gap(GapReason::limit, artifact_, 0, "more to follow than is walked");
    return false;
}

Interpreter::Interpreter(Scan& scan, const Artifact& artifact, const python::Tree& tree,
                         Interpreter* outer)
    : scan_(scan),
      artifact_(artifact),
      tree_(tree),
      steps_(outer == nullptr ? own_steps_ : outer->steps_) {
    scopes_.emplace_back();
    if (outer == nullptr) return;
    for (const Scope& scope : outer->scopes_) {
        for (const auto& [name, value] : scope.names) {
            ++steps_;
            if (value.statement == kNone) scopes_[0].names.emplace(name, value);
        }
    }
}

Value Interpreter::run(When when) {
    when_ = when;
    execute(0, static_cast<Index>(tree_.statements.size()), 0);
    // `from module import name` asks a module's __getattr__ for what it lacks.
    const Value hook = find("__getattr__", 0);
    if (hook.is(Value::Kind::function)) call_function(hook.statement, {}, {});
    Value last = last_;
    run_deferred();
    return last;
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by the nesting of suites and of calls
void Interpreter::execute(Index first, Index last, std::size_t scope) {
    for (Index i = first; i < last;) {
        const Statement& here = tree_.statements[i];
        const bool guard = here.kind == StatementKind::if_ && is_main_guard(here);
        if (guard) guarded_.emplace_back(i, scope);
        if (!guard) statement(i, scope);
        const bool apart =
            guard || here.kind == StatementKind::def || here.kind == StatementKind::class_;
        i = apart ? std::max(here.end, i + 1) : i + 1;
    }
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by the nesting of suites and of calls
void Interpreter::statement(Index index, std::size_t scope) {
    const Statement& here = tree_.statements[index];
    if (here.kind == StatementKind::def) return define(index, scope);
    if (here.kind == StatementKind::class_) return make_class(index, scope);
    if (here.kind == StatementKind::import_) return import_names(here, scope);
    const Frame frame = evaluate(here, scope);
    const auto roots = tree_.roots_of(here);
    switch (here.kind) {
        case StatementKind::assign:
        case StatementKind::augmented: return assign(here, frame);
        case StatementKind::decorator:
            if (!roots.empty()) decorators_.push_back(frame[roots[0]]);
            return;
        case StatementKind::for_:
            if (roots.size() == 2) {
                const auto& items = frame[roots[1]].items();
                bind(roots[0], items.empty() ? unknown(frame[roots[1]].marks) : items[0], frame);
            }
            return;
        case StatementKind::return_:
            if (!roots.empty()) {
                const Marks marks = returned_.marks | frame[roots[0]].marks;
                if (!frame[roots[0]].is(Value::Kind::unknown)) returned_ = frame[roots[0]];
                returned_.marks = marks;
            }
            return;
        case StatementKind::expression: last_ = roots.empty() ? Value{} : frame[roots[0]]; return;
        case StatementKind::import_:
        case StatementKind::def:
        case StatementKind::class_:
        case StatementKind::if_:
        case StatementKind::elif_:
        case StatementKind::else_:
        case StatementKind::while_:
        case StatementKind::with:
        case StatementKind::except:
        case StatementKind::match: return;
        case StatementKind::plain:
            for (const Index root : roots) note_global(root, scope);
            return;
    }
}

/// `global a, b`
void Interpreter::note_global(Index node, std::size_t scope) {
    const Node& names = tree_.nodes[node];
    if (names.kind == NodeKind::name) {
        scopes_[scope].global.insert(python::read_name(tree_.token(names)));
    }
    for (const Index part : tree_.parts_of(names)) {
        scopes_[scope].global.insert(python::read_name(tree_.token(tree_.nodes[part])));
    }
}

void Interpreter::import_names(const Statement& statement, std::size_t scope) {
    for (const python::Import& made : tree_.imports_of(statement)) {
        const std::string top = made.module.substr(0, made.module.find('.'));
        if (made.dots > 0) {
            set(made.bound, {}, scope);
        } else if (made.name == "*") {
            if (stars_.size() < kMostStars) stars_.push_back(made.module);
        } else if (!made.name.empty()) {
            set(made.bound, fold_attribute(module_value(made.module), made.name), scope);
        } else {
            const bool renamed = !made.bound.empty();
            set(renamed ? made.bound : top, module_value(renamed ? made.module : top), scope);
        }
    }
}

/// `if __name__ == "__main__":` and nothing else: its suite does not run on import.
bool Interpreter::is_main_guard(const Statement& statement) const {
    const auto roots = tree_.roots_of(statement);
    if (roots.size() != 1) return false;
    const Node& node = tree_.nodes[roots[0]];
    if (node.kind != NodeKind::binary || tree_.token(node) != "==") return false;
    bool name = false;
    bool main = false;
    for (const Index part : tree_.parts_of(node)) {
        const Node& side = tree_.nodes[part];
        const std::string_view token = tree_.token(side);
        name = name || (side.kind == NodeKind::name && token == "__name__");
        main = main ||
               (side.kind == NodeKind::text && (token == "'__main__'" || token == "\"__main__\""));
    }
    return name && main;
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by the nesting of suites and of calls
void Interpreter::define(Index index, std::size_t scope) {
    const Statement& here = tree_.statements[index];
    evaluate(here, scope);
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
    const Frame frame = evaluate(here, scope);
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

// NOLINTNEXTLINE(misc-no-recursion): bounded by the nesting of suites and of calls
void Interpreter::assign(const Statement& statement, const Frame& frame) {
    const auto roots = tree_.roots_of(statement);
    if (roots.size() < 2) return;
    Value value = frame[roots.back()];
    if (statement.kind == StatementKind::augmented) {
        value = fold_binary("+", frame[roots[0]], value);
    }
    for (const Index target : roots.first(roots.size() - 1)) bind(target, value, frame);
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the target is nested
void Interpreter::bind(Index target, const Value& value, const Frame& frame) {
    const Node& node = tree_.nodes[target];
    const auto parts = tree_.parts_of(node);
    if (node.kind == NodeKind::name) {
        const std::string name = python::read_name(tree_.token(node));
        set(name, value, frame.scope);
        const auto act = act_of(value.dotted());
        // Python calls attributes of these names by itself.
        if (is_dunder(name) && (act == Act::command || act == Act::evaluate)) {
            judge_source_call(scan_, artifact_, {node.begin, value, {}, when_, true});
        }
    } else if (node.kind == NodeKind::sequence) {
        for (std::size_t i = 0; i < parts.size(); ++i) {
            const Value* item = value.item(integer_value(static_cast<std::int64_t>(i)));
            bind(parts[i], item == nullptr ? unknown(value.marks) : *item, frame);
        }
    } else if (node.kind == NodeKind::attribute) {
        // `self.run = os.system`: known by the attribute's name, whatever the object.
        if (value.symbol() != nullptr && !parts.empty() && frame[parts[0]].symbol() == nullptr) {
            set("." + python::read_name(tree_.token(node)), value, 0);
        }
    } else if (node.kind == NodeKind::starred && !parts.empty()) {
        bind(parts[0], unknown(value.marks), frame);
    }
}

/// What is known of a name stays known when something unknown takes its place, as in `except
/// ImportError: name = None`.
void Interpreter::set(const std::string& name, const Value& value, std::size_t scope) {
    const bool global = scopes_[scope].global.contains(name);
    auto& names = scopes_[global ? 0 : scope].names;
    const auto [place, fresh] = names.emplace(name, value);
    if (fresh) return;
    if (value.is(Value::Kind::unknown) && place->second.symbol() != nullptr) {
        place->second.marks |= value.marks;
    } else {
        place->second = value;
    }
}

Value Interpreter::find(const std::string& name, std::size_t scope) const {
    const std::size_t own = scope;
    for (; scope != kNoScope; scope = scopes_[scope].outer) {
        if (scopes_[scope].is_class && scope != own) continue;
        const auto found = scopes_[scope].names.find(name);
        if (found != scopes_[scope].names.end()) return found->second;
    }
    for (const std::string& module : stars_) {
        Value value = fold_attribute(module_value(module), name);
        if (act_of(value.dotted())) return value;
    }
    if (name == "__builtins__") return module_value("builtins");
    Value built_in = fold_attribute(module_value("builtins"), name);
    return rules::find(built_in.dotted()) != nullptr ? built_in : Value{};
}

// NOLINTNEXTLINE(misc-no-recursion): a run has one of these
void Interpreter::run_deferred() {
    when_ = When::deferred;
    for (const auto& [index, scope] : std::exchange(guarded_, {})) {
        execute(index + 1, tree_.statements[index].end, scope);
    }
    const auto classes = classes_;
    when_ = When::loaded;
    for (const auto& [index, made] : classes) {
        if (made.loaded) run_methods(made, true);
    }
    when_ = When::deferred;
    // In the order of the source; functions inside of functions turn up on the way.
    for (Index i = 0; i < tree_.statements.size(); ++i) {
        if (tree_.statements[i].kind != StatementKind::def || ran_.contains(i)) continue;
        if (!functions_.contains(i)) functions_[i] = 0;
        call_function(i, {}, {});
    }
}

void Interpreter::run_methods(const Class& made, bool loaded) {
    if (!spend(scopes_[made.scope].names.size())) return;
    const auto methods = scopes_[made.scope].names;
    for (const auto& [name, method] : methods) {
        if (!method.is(Value::Kind::function) || (loaded && !is_load_method(name))) continue;
        call_function(method.statement, {}, {});
    }
}

}  // namespace pratique::scanner
