// Functions and classes of the source that are called: walked with what they are given, once for
// all that is equal.
#include <algorithm>
#include <array>

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

/// Functions that run while one of them runs; those that are nested deeper are put off.
constexpr std::size_t kMostRunning = 24;
constexpr std::size_t kMostPending = 4096;
/// Walks of one function, with other arguments each.
constexpr std::size_t kMostWalks = 4096;
/// Steps of such walks, for every argument that differs.
constexpr std::uint64_t kMostRewalked = 500'000;

/// `*` or `**` in front of a parameter.
std::size_t stars_before(std::string_view source, std::size_t at) {
    std::size_t count = 0;
    while (at > 0 && (source[at - 1] == '*' || source[at - 1] == ' ')) {
        if (source[--at] == '*') ++count;
    }
    return count;
}

}  // namespace

/// What calling `def` with these arguments gave before; nothing if it is to be walked. What is
/// nested too deep, or in itself, is put off.
std::optional<Value> Interpreter::told(Index def, const std::string& key, const Arguments& given,
                                       const Value& self) {
    const auto& before = ran_[def].by_key;
    if (const auto found = before.find(key); found != before.end()) {
        cut_short_ = cut_short_ || (when_ != When::deferred && rewalked() > kMostRewalked);
        return found->second.result;
    }
    if (before.size() >= kMostWalks) {
        scan_.gap(GapReason::limit, artifact_, tree_.statements[def].begin,
                  "a function that is called with more arguments than are tried");
        return unknown(given.marks);
    }
    if (!spend(1 + key.size() / 16)) return unknown(given.marks);
    const bool itself = running_.contains(def);
    if (!itself && running_.size() < kMostRunning) return std::nullopt;
    // In itself it is walked again only with something that can be called.
    const auto is_harm = [](const Value& value) { return act_of(value.dotted()).has_value(); };
    if (!itself || std::ranges::any_of(given.positional, is_harm)) {
        if (pending_.size() < kMostPending) {
            pending_.push_back({when_, def, given, self});
        } else {
            scan_.gap(GapReason::limit, artifact_, 0, "more to follow than is walked");
        }
    }
    Value out = ran_[def].any;
    out.marks |= given.marks;
    return out;
}

/// Steps that were spent on functions that had been walked before with other arguments.
std::uint64_t Interpreter::rewalked() const {
    return rewalked_ + (rewalk_begin_ ? steps_ - *rewalk_begin_ : 0);
}

/// What tells one walk of a function from another. Of what nobody calls yet, only what its
/// arguments are tainted with, and which of them harm, makes a difference.
std::string Interpreter::key_of(const Arguments& given, const Value& self) const {
    std::string key;
    const bool later = when_ == When::deferred || rewalked() > kMostRewalked;
    if (!later) {
        key = std::to_string(changes_) + " ";
        print_key(self, key);
    }
    const auto add = [&](const std::string& name, const Value& value) {
        const bool harm = std::ranges::any_of(value.ways(), [](const Value& way) {
            constexpr std::size_t kLongestLine = 4096;
            const auto* line = way.text();
            const bool harmful = line != nullptr && line->size() <= kLongestLine && harms(*line);
            return harmful || (way.is(Kind::symbol) && act_of(way.dotted()).has_value());
        });
        if (later && !harm) return;
        key += name + "=";
        print_key(value, key);
    };
    for (const Value& value : given.positional) add("", value);
    for (const auto& [name, value] : given.named) add(name, value);
    constexpr Marks kTaint = kDecoded | kNetwork | kSecret | kToken;
    return key + " " + std::to_string(given.marks & kTaint);
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kMostRunning
Value Interpreter::call_function(Index def, const Arguments& given, const Value& self) {
    const std::string key = key_of(given, self);
    if (auto before = told(def, key, given, self)) return *before;
    const bool again = !rewalk_begin_ && !ran_[def].by_key.empty();
    if (again) rewalk_begin_ = steps_;
    running_.insert(def);
    scopes_.push_back({{}, functions_[def], false});
    const std::size_t scope = scopes_.size() - 1;
    bind_parameters(def, given, self, scope);
    const Value outer_result = std::exchange(returned_, Value{});
    const auto outer_decorators = std::exchange(decorators_, {});
    execute(def + 1, tree_.statements[def].end, scope);
    decorators_ = outer_decorators;
    Value result = std::exchange(returned_, outer_result);
    result.marks |= given.marks & (kDecoded | kNetwork | kSecret | kToken);
    running_.erase(def);
    if (again) {
        rewalked_ = rewalked();
        rewalk_begin_.reset();
    }
    Walks& walks = ran_[def];
    walks.any = either(walks.any, result);
    walks.by_key[key] = {result, given, self};
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
        const std::size_t stars = stars_before(tree_.source, node.begin);
        if (stars == 1) {
            const auto from = std::min(place, given.positional.size());
            set(name,
                list_value({given.positional.begin() + static_cast<std::ptrdiff_t>(from),
                            given.positional.end()}),
                scope);
        } else if (stars == 2) {
            std::vector<Value> items;
            std::vector<std::string> keys;
            for (const auto& [key, value] : given.named) {
                keys.push_back(key);
                items.push_back(value);
            }
            set(name, list_value(std::move(items), std::move(keys)), scope);
        } else {
            set(name, own ? self : given.at(place, name), scope);
        }
        if (!own && stars == 0) ++place;
    }
}

/// An instance: what makes, fills and ends it runs; its other hooks where it is used.
// NOLINTNEXTLINE(misc-no-recursion): bounded by kMostRunning
Value Interpreter::construct(std::uint64_t at, const Value& cls, const Arguments& given) {
    // To make one of a kind of Popen is to call Popen.
    const auto made = classes_.find(cls.statement);
    if (made != classes_.end()) {
        const auto bases = made->second.bases;
        for (const Value& base : bases) {
            const auto act = act_of(base.dotted());
            if (act == Act::command || act == Act::evaluate) call_symbol(at, base, {}, given);
        }
    }
    Value object = cls;
    object.kind = Kind::object;
    object.marks = given.marks;
    for (const char* name : {"__new__", "__init__", "__post_init__", "__del__"}) {
        const Value method = method_of(object, name);
        if (method.is(Kind::function)) call_function(method.statement, given, object);
    }
    return object;
}

/// Objects of this source that a statement uses: to read an attribute runs hooks of attributes,
/// whatever else is done with them may run any other; only calls run `__call__`.
// NOLINTNEXTLINE(misc-no-recursion): bounded by kMostRunning
void Interpreter::run_hooks(const Statement& statement, const Frame& frame) {
    const auto use = [&](Index part, bool attribute) {
        for (const Value& way : frame[part].ways()) {
            if (way.is(Kind::object)) run_hooks_of(way, attribute);
        }
    };
    for (Index i = statement.first_node; i < statement.last_node; ++i) {
        const Node& node = tree_.nodes[i];
        const auto parts = tree_.parts_of(node);
        const bool attribute = node.kind == NodeKind::attribute;
        const bool callee = node.kind == NodeKind::call;
        for (const Index part : parts.subspan(callee && !parts.empty() ? 1 : 0)) {
            use(part, attribute);
        }
    }
    const bool bound = statement.kind == python::StatementKind::assign ||
                       statement.kind == python::StatementKind::expression;
    if (bound) return;
    for (const Index root : tree_.roots_of(statement)) use(root, false);
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kMostRunning
void Interpreter::run_hooks_of(const Value& object, bool attribute) {
    constexpr auto kOfAttributes = std::to_array<std::string_view>(
        {"__getattr__", "__getattribute__", "__setattr__", "__delattr__"});
    constexpr auto kOfOthers = std::to_array<std::string_view>(
        {"__aenter__",  "__aiter__",   "__bool__",    "__contains__", "__delitem__", "__dir__",
         "__enter__",   "__eq__",      "__exit__",    "__format__",   "__ge__",      "__getitem__",
         "__gt__",      "__hash__",    "__index__",   "__int__",      "__iter__",    "__le__",
         "__len__",     "__lt__",      "__missing__", "__ne__",       "__next__",    "__reduce__",
         "__repr__",    "__setitem__", "__str__",     "__add__",      "__and__",     "__floordiv__",
         "__iadd__",    "__invert__",  "__matmul__",  "__mod__",      "__mul__",     "__neg__",
         "__or__",      "__pow__",     "__radd__",    "__rmul__",     "__ror__",     "__sub__",
         "__truediv__", "__xor__",     "__fspath__",  "__getstate__"});
    const auto run = [&](std::string_view name) {
        const Value method = method_of(object, std::string(name));
        if (method.is(Kind::function)) call_function(method.statement, {}, object);
    };
    if (!spend(1)) return;
    for (const std::string_view name : kOfAttributes) run(name);
    if (attribute) return;
    if (!spend(kOfOthers.size() / 4)) return;
    for (const std::string_view name : kOfOthers) run(name);
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
