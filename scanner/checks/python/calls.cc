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

/// Functions that run while one of them runs; deeper, their results are unknown.
constexpr std::size_t kMostRunning = 24;

/// Whether what is handed to it as an argument is called: by the rules of pickles, or as a
/// command of setup().
bool calls_arguments(const std::string& name) {
    if (name == "setuptools.setup" || name == "distutils.core.setup") return true;
    const rules::Rule* rule = rules::find(name);
    return rule != nullptr && (rule->id == "CALLS-ITS-ARGUMENT" || rule->id == "LAZY-CALLERS");
}

Marks marks_of_result(const std::string& name, const Arguments& given) {
    const auto act = act_of(name);
    if (act == Act::fetch || act == Act::send || name.starts_with("socket.socket.recv")) {
        return kNetwork;
    }
    if (name == "builtins.open" || name == "io.open" || name == "codecs.open") {
        const auto* path = given.at(0).text();
        return path != nullptr && is_secret_path(*path) ? kFile | kSecret : Marks{kFile};
    }
    if (name.starts_with("pathlib.Path.read_")) return kFile;
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
    return call(callee.begin, frame[parts[0]], self, method, given);
}

Arguments Interpreter::arguments(const Node& node, const Frame& frame) const {
    Arguments out;
    for (const Index part : tree_.parts_of(node).subspan(1)) {
        const Node& given = tree_.nodes[part];
        out.marks |= frame[part].marks;
        if (given.kind == NodeKind::keyword) {
            out.named.emplace_back(python::read_name(tree_.token(given)), frame[part]);
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
    if (callee.is(Kind::function)) return call_function(callee.statement, given, self);
    if (callee.is(Kind::class_)) return construct(callee, given);
    if (callee.symbol() != nullptr) return call_symbol(at, callee, given);
    // A method of something unknown: of every class here that has one of the name. start() of a
    // thread runs it.
    if (!method.empty() && !self.is_text()) {
        const auto found = methods_.find(method == "start" ? "run" : std::string(method));
        if (found != methods_.end() && spend(found->second.size())) {
            const auto all = found->second;
            for (const Index def : all) call_function(def, given, self);
        }
    }
    // `(lambda f, x: f(x))(os.system, "id")`
    if (method.empty()) {
        for (const Value& value : given.positional) hand_over(at, "", value);
    }
    return fold_call(callee, self, method, given);
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kMostRunning
Value Interpreter::call_symbol(std::uint64_t at, const Value& callee, const Arguments& given) {
    const std::string name = callee.dotted();
    judge_source_call(scan_, artifact_, {at, callee, given, when_, false});
    for (const Value& value : given.positional) hand_over(at, name, value);
    for (const auto& [key, value] : given.named) hand_over(at, name, value);
    const auto act = act_of(name);
    const Value& first = given.at(0, "source");
    if (act == Act::evaluate && first.is_text()) return run_text(at, first);
    if (act == Act::deserialize && first.is(Kind::bytes)) unpickle(at, first);
    Value out = fold_call(callee, {}, "", given);
    out.marks |= marks_of_result(name, given);
    return out;
}

/// A callable that is an argument: one of this source is called if the callee calls what it is
/// given; one that harms by itself is judged wherever it is handed.
// NOLINTNEXTLINE(misc-no-recursion): bounded by kMostRunning
void Interpreter::hand_over(std::uint64_t at, const std::string& callee, const Value& value) {
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
            judge_source_call(scan_, artifact_, {at, value, {}, when_, true});
        }
    }
    if (!calls_arguments(callee)) return;
    if (value.is(Kind::function)) call_function(value.statement, {}, {});
    if (value.is(Kind::class_)) run_methods(classes_[value.statement], false);
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kMostRunning
Value Interpreter::call_function(Index def, const Arguments& given, const Value& self) {
    const auto before = ran_.find(def);
    const bool told = before != ran_.end() && (given.marks & ~before->second.first) == 0;
    if (told || running_.contains(def) || running_.size() >= kMostRunning) {
        return before == ran_.end() ? unknown(given.marks) : before->second.second;
    }
    if (!spend(1)) return unknown(given.marks);
    running_.insert(def);
    scopes_.push_back({{}, functions_[def], false});
    const std::size_t scope = scopes_.size() - 1;
    bind_parameters(def, given, self, scope);
    const Value outer_result = std::exchange(returned_, Value{});
    const auto outer_decorators = std::exchange(decorators_, {});
    execute(def + 1, tree_.statements[def].end, scope);
    decorators_ = outer_decorators;
    Value result = std::exchange(returned_, outer_result);
    result.marks |= given.marks & (kDecoded | kNetwork | kSecret);
    running_.erase(def);
    const Marks all = before == ran_.end() ? given.marks : before->second.first | given.marks;
    ran_[def] = {all, result};
    return result;
}

/// Parameters get what the call gives, or their defaults.
void Interpreter::bind_parameters(Index def, const Arguments& given, const Value& self,
                                  std::size_t scope) {
    const Statement& here = tree_.statements[def];
    Frame frame;
    frame.first = here.first_node;
    frame.scope = functions_[def];
    for (Index i = here.first_node; i < here.last_node; ++i) {
        const Node& node = tree_.nodes[i];
        // Defaults were judged where the function was defined.
        const bool plain = node.kind == NodeKind::name || node.kind == NodeKind::attribute ||
                           node.kind == NodeKind::text;
        frame.values.push_back(plain ? value_of(node, frame) : Value{});
    }
    std::size_t place = 0;
    std::string name;
    const bool method = scopes_[functions_[def]].is_class;
    bool first = true;
    for (const Index root : tree_.roots_of(here)) {
        const Node& node = tree_.nodes[root];
        if (node.kind != NodeKind::parameter) {
            // A default, or an annotation, which tells as much of the value.
            const auto known = scopes_[scope].names.find(name);
            if (known != scopes_[scope].names.end() && known->second.is(Kind::unknown)) {
                known->second = frame[root];
            }
            continue;
        }
        name = python::read_name(tree_.token(node));
        const bool own = method && first && (name == "self" || name == "cls" || name == "mcs");
        first = false;
        set(name, own ? self : given.at(place, name), scope);
        if (!own) ++place;
    }
}

/// An instance: what makes and fills it runs, and every other hook that Python calls may.
// NOLINTNEXTLINE(misc-no-recursion): bounded by kMostRunning
Value Interpreter::construct(const Value& cls, const Arguments& given) {
    Value object = cls;
    object.kind = Kind::object;
    object.marks = given.marks;
    for (const char* name : {"__new__", "__init__", "__post_init__", "__call__", "__enter__",
                             "__exit__", "__del__", "__iter__", "__getattr__", "__str__",
                             "__repr__", "__eq__", "__hash__", "__len__", "__getitem__"}) {
        const Value method = method_of(object, name);
        if (method.is(Kind::function)) call_function(method.statement, given, object);
    }
    return object;
}

/// An attribute of a class of this source, or of its bases here.
Value Interpreter::method_of(const Value& object, const std::string& name) const {
    constexpr int kMostBases = 16;
    Value at = object;
    for (int i = 0; i < kMostBases; ++i) {
        const auto made = classes_.find(at.statement);
        if (made == classes_.end()) return {};
        const auto& names = scopes_[made->second.scope].names;
        if (const auto found = names.find(name); found != names.end()) return found->second;
        const auto base = std::ranges::find_if(
            made->second.bases, [](const Value& value) { return value.is(Kind::class_); });
        if (base == made->second.bases.end()) return {};
        at = *base;
    }
    return {};
}

/// The text of an `exec`, as a source of its own that knows the names of this one.
// NOLINTNEXTLINE(misc-no-recursion): bounded by Limits::depth
Value Interpreter::run_text(std::uint64_t at, const Value& code) {
    const std::string text = *code.text();
    const Artifact child{
        chained(artifact_, "text@" + std::to_string(at)), as_bytes(text), artifact_.depth + 1, {}};
    if (child.depth > scan_.limits().depth) {
        scan_.gap({Errc::limit_depth, 0}, child);
        return unknown(code.marks);
    }
    if (!spend(text.size())) return unknown(code.marks);
    const python::Tree tree = python::parse(text);
    Value out = Interpreter(scan_, child, tree, this).run(when_);
    // Its functions are of another tree.
    if (out.statement != python::kNone) out = unknown(out.marks);
    out.marks |= code.marks;
    return out;
}

void Interpreter::unpickle(std::uint64_t at, const Value& data) {
    const std::string bytes = *data.text();
    if (pickle_start(as_bytes(bytes), scan_.limits()) == PickleStart::no) return;
    scan_.descend(artifact_, "pickle@" + std::to_string(at), as_bytes(bytes));
}

}  // namespace pratique::scanner
