// What harms and stands somewhere else than where it is called. No walk follows a value through all
// that a program can do with it; so a function that starts programs or runs text is itself reported
// where it is stored, returned, or handed to something that this walk does not look into.
#include <algorithm>
#include <array>

#include "scanner/checks/python/interpreter.h"

namespace pratique::scanner {

using python::Index;
using python::Node;
using python::NodeKind;
using python::Statement;
using python::StatementKind;
using Kind = Value::Kind;

namespace {

bool harms_when_called(const Value& value) {
    const auto way_harms = [](const Value& way) {
        if (!way.is(Kind::symbol)) return false;
        const std::string name = way.dotted();
        const auto act = act_of(name);
        // Types and loaders are compared with and registered; what makes code does not run it.
        const bool type = name.starts_with("types.") || name.starts_with("importlib.") ||
                          name == "builtins.compile";
        return !type && (act == Act::command || act == Act::evaluate);
    };
    return std::ranges::any_of(value.ways(), way_harms);
}

/// Functions that only look at what they are given.
bool looks_only(const std::string& callee) {
    constexpr auto kNames = std::to_array<std::string_view>(
        {"builtins.callable", "builtins.hasattr", "builtins.id", "builtins.isinstance",
         "builtins.issubclass", "builtins.repr", "builtins.str", "builtins.super", "builtins.type",
         "inspect.getsource", "inspect.signature", "typing.cast"});
    return std::ranges::find(kNames, callee) != kNames.end();
}

}  // namespace

/// Whether `node` keeps or hands on its part, so that the walk loses sight of it.
bool Interpreter::keeps(const Node& node, Index part, const Frame& frame) const {
    const auto parts = tree_.parts_of(node);
    const bool holds = node.kind == NodeKind::sequence || node.kind == NodeKind::dict ||
                       node.kind == NodeKind::comprehension;
    // `add_argument("--x", type=eval)`: of what somebody types who starts the program.
    const Node& argument = tree_.nodes[part];
    const bool of_argument = argument.kind == NodeKind::keyword && tree_.token(argument) == "type";
    const bool given = node.kind == NodeKind::call && part != parts[0] && !of_argument;
    return holds || (given && !looks_only(frame[parts[0]].dotted()));
}

void Interpreter::check_kept(const Statement& statement, const Frame& frame) {
    if (when_ == When::deferred) return;
    const auto report = [&](Index part) {
        for (const Value& way : frame[part].ways()) {
            if (!harms_when_called(way)) continue;
            judge_source_call(scan_, artifact_,
                              {tree_.nodes[part].begin, way, {}, when_, SourceCall::Way::kept});
        }
    };
    // Lists in the index of something are types: `Dict[str, Popen]`.
    std::vector<bool> is_type(frame.values.size());
    for (Index i = statement.last_node; i-- > statement.first_node;) {
        const Node& node = tree_.nodes[i];
        const auto parts = tree_.parts_of(node);
        const bool type = is_type[i - statement.first_node];
        if (node.kind == NodeKind::subscript && parts.size() > 1) {
            is_type[parts[1] - statement.first_node] = true;
        }
        if (type && node.kind == NodeKind::sequence) {
            for (const Index part : parts) is_type[part - statement.first_node] = true;
            continue;
        }
        // What it gives is told of where that goes.
        if (harms_when_called(frame[i])) continue;
        for (const Index part : tree_.parts_of(node)) {
            if (harms_when_called(frame[part]) && keeps(node, part, frame)) report(part);
        }
    }
    const bool keeps_root = statement.kind == StatementKind::return_ ||
                            statement.kind == StatementKind::augmented ||
                            statement.kind == StatementKind::assign;
    const auto roots = tree_.roots_of(statement);
    if (keeps_root && !roots.empty() && harms_when_called(frame[roots.back()])) {
        report(roots.back());
    }
}

}  // namespace pratique::scanner
