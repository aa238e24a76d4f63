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

/// Methods that run when somebody loads the model or first asks it something.
bool is_load_method(std::string_view name) {
    constexpr auto kNames = std::to_array<std::string_view>(
        {"__init__", "__new__", "__call__", "__post_init__", "__setstate__", "from_pretrained",
         "forward", "call", "build", "initialize", "load", "handle", "preprocess", "inference",
         "postprocess", "setup"});
    return std::ranges::find(kNames, name) != kNames.end();
}

/// What one source may cost: nodes walked, those of functions that are called again included, and
/// what folding makes.
constexpr std::uint64_t kMostSteps = 20'000'000;

/// `__name__ == "__main__"`, either way round, or `__name__ in ("__main__",)`.
bool is_main_name(const python::Tree& tree, const Node& node) {
    const auto parts = tree.parts_of(node);
    const bool among = tree.token(node) == "in";
    if (parts.size() != 2 || (!among && tree.token(node) != "==")) return false;
    const auto is_name = [&](Index part) {
        const Node& side = tree.nodes[part];
        return side.kind == NodeKind::name && tree.token(side) == "__name__";
    };
    const auto is_main = [&](Index part) {
        const Node& side = tree.nodes[part];
        const std::string_view token = tree.token(side);
        return side.kind == NodeKind::text && (token == "'__main__'" || token == "\"__main__\"");
    };
    const Node& right = tree.nodes[parts[1]];
    if (among) {
        const auto items = tree.parts_of(right);
        return is_name(parts[0]) && right.kind == NodeKind::sequence && !items.empty() &&
               std::ranges::all_of(items, is_main);
    }
    return (is_name(parts[0]) && is_main(parts[1])) || (is_main(parts[0]) && is_name(parts[1]));
}

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
    run_pending();
    run_deferred();
    if (cut_short_ && runs_text_) {
        scan_.gap(GapReason::limit, artifact_, 0,
                  "functions are called with more arguments than are tried, and run texts");
    }
    return last;
}

/// Calls that were nested too deep where they stood.
// NOLINTNEXTLINE(misc-no-recursion): a run has one of these
void Interpreter::run_pending() {
    while (!pending_.empty()) {
        const Pending next = std::move(pending_.front());
        pending_.pop_front();
        when_ = next.when;
        call_function(next.def, next.given, next.self);
    }
}

/// Whether what the statement binds is bound on one way of several only.
bool Interpreter::is_in_branch(Index statement) const {
    for (Index at = tree_.statements[statement].parent; at != kNone;
         at = tree_.statements[at].parent) {
        const StatementKind kind = tree_.statements[at].kind;
        if (kind == StatementKind::def || kind == StatementKind::class_) return false;
        if (kind != StatementKind::with) return true;
    }
    return false;
}

/// `match` keeps its subject for the `case`s in its suite, whose patterns may bind all of it or any
/// part.
void Interpreter::match(Index index, const Frame& frame) {
    const Statement& here = tree_.statements[index];
    const auto roots = tree_.roots_of(here);
    const auto subject = subjects_.find(here.parent);
    if (subject == subjects_.end() || tree_.source.substr(here.begin, 4) != "case") {
        if (!roots.empty()) subjects_[index] = frame[roots[0]];
        return;
    }
    const Value any = either(subject->second, any_item(subject->second));
    for (const Index root : roots) {
        if (tree_.nodes[root].kind == NodeKind::name) bind(root, any, frame);
    }
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
    const Frame frame = evaluate(index, scope);
    const auto roots = tree_.roots_of(here);
    switch (here.kind) {
        case StatementKind::assign:
        case StatementKind::augmented: return assign(here, frame);
        case StatementKind::decorator:
            if (!roots.empty()) decorators_.push_back(frame[roots[0]]);
            return;
        case StatementKind::for_:
            if (roots.size() == 2) bind(roots[0], element_of(frame[roots[1]]), frame);
            return;
        case StatementKind::return_:
            if (!roots.empty()) returned_ = either(returned_, frame[roots[0]]);
            return;
        case StatementKind::match: return match(index, frame);
        case StatementKind::expression: last_ = roots.empty() ? Value{} : frame[roots[0]]; return;
        case StatementKind::import_:
        case StatementKind::def:
        case StatementKind::class_:
        case StatementKind::if_:
        case StatementKind::elif_:
        case StatementKind::else_:
        case StatementKind::while_:
        case StatementKind::with:
        case StatementKind::except: return;
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

/// `if __name__ == "__main__":`, alone or with further conditions: its suite does not run on
/// import.
bool Interpreter::is_main_guard(const Statement& statement) const {
    const auto roots = tree_.roots_of(statement);
    if (roots.size() != 1) return false;
    // The source may give itself another name.
    if (scopes_[0].names.contains("__name__")) return false;
    std::vector<Index> open = {roots[0]};
    while (!open.empty()) {
        const Node& node = tree_.nodes[open.back()];
        open.pop_back();
        if (node.kind != NodeKind::binary) continue;
        if (is_main_name(tree_, node)) return true;
        const auto parts = tree_.parts_of(node);
        if (tree_.token(node) == "and") open.insert(open.end(), parts.begin(), parts.end());
    }
    return false;
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
    run_pending();
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
