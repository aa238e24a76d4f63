// Calls: what they run, what they hand on, and what they give.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "formats/python/literal.h"
#include "rules/findings.h"
#include "scanner/checks/pickle/check.h"
#include "scanner/checks/python/command.h"
#include "scanner/checks/python/interpreter.h"

namespace pratique::scanner {

using python::Index;
using python::Node;
using python::NodeKind;
using python::Statement;
using Kind = Value::Kind;

namespace {

/// Whether what is handed to it as an argument is called: by the rules of pickles, or as a
/// command of setup().
bool calls_arguments(const std::string& name) {
    if (name == "setuptools.setup" || name == "distutils.core.setup") return true;
    constexpr auto kCallers = std::to_array<std::string_view>(
        {"builtins.filter", "builtins.map", "builtins.max", "builtins.min", "builtins.sorted",
         "itertools.accumulate", "itertools.dropwhile", "itertools.filterfalse",
         "itertools.groupby", "itertools.starmap", "itertools.takewhile",
         "multiprocessing.Process"});
    if (std::ranges::find(kCallers, name) != kCallers.end()) return true;
    const rules::Rule* rule = rules::find(name);
    return rule != nullptr && (rule->id == "CALLS-ITS-ARGUMENT" || rule->id == "LAZY-CALLERS");
}

/// `**values`: by their keys, those that are known.
void spread_named(const Value& values, Arguments& out) {
    const auto& items = values.items();
    for (std::size_t i = 0; i < items.size(); ++i) {
        const auto& keys = values.parts->keys;
        out.named.emplace_back(i < keys.size() ? keys[i] : "", items[i]);
    }
}

Marks marks_of_file(std::string_view path) {
    const auto dot = path.rfind('.');
    const std::string_view ending = dot == std::string_view::npos ? "" : path.substr(dot);
    const bool source = path.empty() || ending == ".py" || ending == ".pyi" || ending == ".pyw";
    return kFile | (is_secret_path(path) ? Marks{kSecret} : Marks{0}) |
           (source ? Marks{0} : Marks{kNoSource});
}

Marks marks_of_result(const std::string& name, const Arguments& given) {
    const auto act = act_of(name);
    if (act == Act::fetch || act == Act::send || name.starts_with("socket.socket.recv")) {
        return kNetwork;
    }
    if (name == "builtins.open" || name == "io.open" || name == "codecs.open") {
        const auto* path = given.at(0).text();
        return marks_of_file(path == nullptr ? "" : *path);
    }
    if (name == "os.getenv" || name == "os.environ.get" || name == "os.environ.pop") {
        return variable_value(given.at(0, "key")).marks;
    }
    const bool tells = name == "getpass.getuser" || name == "os.getlogin" || name == "os.uname" ||
                       name == "platform.node" || name == "platform.uname";
    return tells ? Marks{kSecret} : Marks{0};
}

}  // namespace

// NOLINTNEXTLINE(misc-no-recursion): bounded by kMostRunning
Value Interpreter::call_node(const Node& node, const Frame& frame) {
    const auto parts = tree_.parts_of(node);
    if (parts.empty()) return {};
    const Node& callee = tree_.nodes[parts[0]];
    const bool attribute = callee.kind == NodeKind::attribute;
    const auto inner = tree_.parts_of(callee);
    const Value self = attribute && !inner.empty() ? frame[inner[0]] : Value{};
    const std::string method = attribute ? python::read_name(tree_.token(callee)) : "";
    if (method == "__subclasses__" && (self.has(kWalk) || self.dotted() == "builtins.object")) {
        found_walk(callee.begin, "__subclasses__()");
    }
    const Arguments given = arguments(node, frame);
    // Decoding costs even where it fails.
    std::uint64_t cost = given.positional.size();
    for (const Value& value : given.positional) {
        cost += value.is_text() ? value.text()->size() / 16 : 0;
    }
    if (!spend(cost)) return unknown(given.marks);
    if (attribute && !inner.empty()) change(inner[0], method, given, frame);
    return call(callee.begin, frame[parts[0]], self, method, given);
}

Arguments Interpreter::arguments(const Node& node, const Frame& frame) const {
    Arguments out;
    for (const Index part : tree_.parts_of(node).subspan(1)) {
        const Node& given = tree_.nodes[part];
        out.marks |= frame[part].marks;
        if (given.kind == NodeKind::keyword) {
            out.named.emplace_back(python::read_name(tree_.token(given)), frame[part]);
        } else if (given.kind == NodeKind::starred && tree_.token(given) == "**") {
            spread_named(frame[part], out);
        } else if (given.kind == NodeKind::starred && !frame[part].items().empty()) {
            for (const Value& item : frame[part].items()) out.positional.push_back(item);
        } else {
            out.positional.push_back(frame[part]);
        }
    }
    return out;
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kMostRunning
Value Interpreter::call(std::uint64_t at, const Value& callee, const Value& self,
                        std::string_view method, const Arguments& given) {
    if (callee.is(Kind::choice)) {
        Value out;
        for (const Value& way : callee.ways()) {
            out = either(out, call(at, way, self, method, given));
        }
        return out;
    }
    // A method of something unknown: of every class here that has one of the name. start() of a
    // thread runs it.
    const bool known = self.is_text() || self.symbol() != nullptr || self.is(Kind::class_) ||
                       (self.is(Kind::object) && callee.is(Kind::function));
    if (!method.empty() && !known) {
        const auto found = methods_.find(method == "start" ? "run" : std::string(method));
        if (found != methods_.end() && spend(found->second.size())) {
            const auto all = found->second;
            for (const Index def : all) call_function(def, given, self);
        }
    }
    // `loader.load_module("os")`, of whatever loader.
    if (method == "load_module" && given.at(0).text() != nullptr) {
        return module_value(*given.at(0).text(), given.marks);
    }
    if (callee.is(Kind::function)) return call_function(callee.statement, given, self);
    if (callee.is(Kind::class_)) return construct(at, callee, given);
    if (callee.is(Kind::object)) {
        const Value hook = method_of(callee, "__call__");
        return hook.is(Kind::function) ? call_function(hook.statement, given, callee) : Value{};
    }
    if (callee.symbol() != nullptr) return call_symbol(at, callee, self, given);
    // `(lambda f, x: f(x))(os.system, "id")`
    if (method.empty()) {
        for (const Value& value : given.positional) hand_over(at, "", value);
    }
    hand_named(at, given);
    return fold_call(callee, self, method, given);
}

/// Arguments that are called, by their names, whoever gets them: `.sort(key=f)`.
// NOLINTNEXTLINE(misc-no-recursion): bounded by kMostRunning
void Interpreter::hand_named(std::uint64_t at, const Arguments& given) {
    constexpr auto kNames = std::to_array<std::string_view>(
        {"callback", "default_factory", "func", "function", "initializer", "key", "target"});
    for (const auto& [name, value] : given.named) {
        if (std::ranges::find(kNames, name) == kNames.end()) continue;
        hand_over(at, "", value);
    }
}

/// What notebooks become as sources: `get_ipython().run_cell_magic("bash", "", "...")`.
void Interpreter::run_magic(std::uint64_t at, const Arguments& given) {
    constexpr auto kShells =
        std::to_array<std::string_view>({"!", "bash", "cmd", "script", "sh", "sx", "system"});
    const auto* magic = given.at(0).text();
    if (magic == nullptr || std::ranges::find(kShells, *magic) == kShells.end()) return;
    Arguments line;
    line.positional = {given.positional.back()};
    const Value shell =
        fold_attribute(fold_attribute(module_value("IPython"), "get_ipython"), "system");
    judge_source_call(scan_, artifact_, {at, shell, line, when_});
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kMostRunning
Value Interpreter::call_symbol(std::uint64_t at, const Value& callee, const Value& self,
                               const Arguments& given) {
    const std::string name = callee.dotted();
    if (callee.parts->symbol.form == Symbol::Form::method_caller) {
        const Value target = fold_attribute(given.at(0), name);
        return target.symbol() == nullptr ? Value{} : call_symbol(at, target, given.at(0), {});
    }
    judge_source_call(scan_, artifact_, {at, callee, given, when_, SourceCall::Way::called, self});
    for (const Value& value : given.positional) hand_over(at, name, value);
    for (const auto& [key, value] : given.named) hand_over(at, name, value);
    if (!calls_arguments(name)) hand_named(at, given);
    const auto act = act_of(name);
    const Value& first = given.at(0, "source");
    runs_text_ = runs_text_ || (act == Act::evaluate && name != "builtins.compile");
    if (name == "IPython.get_ipython.run_cell_magic" ||
        name == "IPython.get_ipython.run_line_magic") {
        run_magic(at, given);
    }
    if (act == Act::evaluate && first.is_text() && !name.starts_with("runpy.")) {
        return run_text(at, first);
    }
    if (act == Act::deserialize && first.is(Kind::bytes)) unpickle(at, first);
    if (name == "builtins.setattr" && given.at(1).text() != nullptr) {
        set_attribute(given.at(0), *given.at(1).text(), given.at(2));
    }
    if (name == "types.SimpleNamespace") {
        for (const auto& [key, value] : given.named) set_attribute({}, key, value);
    }
    const bool path = self.symbol() != nullptr && self.dotted() == "pathlib.Path";
    if (path && (name.starts_with("pathlib.Path.read_") || name == "pathlib.Path.open")) {
        return unknown(given.marks | self.marks | marks_of_file(self.parts->text));
    }
    if (path && (name == "pathlib.Path.expanduser" || name == "pathlib.Path.resolve" ||
                 name == "pathlib.Path.absolute")) {
        return self;
    }
    Value out = fold_call(callee, {}, "", given);
    // globals().get("name")
    if (out.symbol() != nullptr && callee.parts->symbol.form == Symbol::Form::space &&
        name.empty() && first.text() != nullptr) {
        out = find(*first.text(), 0);
    }
    out.marks |= marks_of_result(name, given);
    return out;
}

/// A callable that is an argument: one of this source is called if the callee calls what it is
/// given; one that harms by itself is judged wherever it is handed.
// NOLINTNEXTLINE(misc-no-recursion): bounded by kMostRunning
void Interpreter::hand_over(std::uint64_t at, const std::string& callee, const Value& value) {
    if (value.is(Kind::choice)) {
        for (const Value& way : value.ways()) hand_over(at, callee, way);
        return;
    }
    if (value.is(Kind::list)) {
        if (!calls_arguments(callee) || !spend(value.items().size())) return;
        for (const Value& item : value.items()) {
            if (!item.is(Kind::list)) hand_over(at, callee, item);
        }
        return;
    }
    if (value.is(Kind::symbol) && (callee.empty() || calls_arguments(callee))) {
        const auto act = act_of(value.dotted());
        if (act == Act::command || act == Act::evaluate) {
            judge_source_call(scan_, artifact_, {at, value, {}, when_, SourceCall::Way::handed});
        }
    }
    if (!calls_arguments(callee)) return;
    if (value.is(Kind::function)) call_function(value.statement, {}, {});
    if (value.is(Kind::class_)) run_methods(classes_[value.statement], false);
    if (value.is(Kind::object)) call(at, value, {}, "", {});
}

}  // namespace pratique::scanner
