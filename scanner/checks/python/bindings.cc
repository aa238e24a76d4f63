// What names, attributes and items stand for: what binds them, what changes them, and what finds
// them.
#include <algorithm>
#include <array>

#include "formats/python/literal.h"
#include "rules/rules.h"
#include "scanner/checks/python/interpreter.h"

namespace pratique::scanner {

using python::Index;
using python::Node;
using python::NodeKind;
using python::Statement;
using python::StatementKind;
using Kind = Value::Kind;

namespace {

/// Modules whose names are all imported; one or two are usual.
constexpr std::size_t kMostStars = 32;
/// What looking up a name in one of them costs.
constexpr std::uint64_t kStarSteps = 8;

bool is_dunder(std::string_view name) {
    return name.size() > 4 && name.starts_with("__") && name.ends_with("__");
}

/// What a target gets that stands at `place` of `count`; the one at `star` gets what is left over.
Value part_of(const Value& whole, std::size_t place, std::size_t count, std::size_t star) {
    Value out;
    for (const Value& value : whole.ways()) {
        const auto& items = value.items();
        if (place == star) {
            const std::size_t behind = count - star - 1;
            std::vector<Value> rest;
            for (std::size_t i = star; i + behind < items.size(); ++i) rest.push_back(items[i]);
            out = either(out, list_value(std::move(rest)));
            continue;
        }
        const std::size_t at = place < star ? place : items.size() - (count - place);
        out = either(out, at < items.size() ? items[at] : unknown(value.marks));
    }
    return out;
}

bool holds_callable(const Value& value) {
    return std::ranges::any_of(value.ways(), [](const Value& way) {
        return way.is_callable() || std::ranges::any_of(way.items(), &Value::is_callable);
    });
}

/// The name of an attribute, whatever the object; of a module's, which is one object, with its
/// name.
std::string attribute_key(const Value& object, const std::string& name) {
    return "." + (object.is(Kind::symbol) ? object.dotted() + "." : std::string()) + name;
}

}  // namespace

void Interpreter::import_names(const Statement& statement, std::size_t scope) {
    for (const python::Import& made : tree_.imports_of(statement)) {
        const std::string top = made.module.substr(0, made.module.find('.'));
        if (made.dots > 0) {
            // A module of the standard library is the same by whatever way it comes.
            const Value here = module_value(made.module.empty() ? "." : made.module);
            const Value found = fold_attribute(here, made.name);
            const bool lent = found.symbol() != nullptr && found.dotted() == made.name;
            set(made.bound, lent ? found : Value{}, scope);
        } else if (made.name == "*") {
            if (stars_.size() < kMostStars) stars_.push_back(made.module);
            starred_.clear();
        } else if (!made.name.empty()) {
            set(made.bound, fold_attribute(module_value(made.module), made.name), scope);
        } else {
            const bool renamed = !made.bound.empty();
            set(renamed ? made.bound : top, module_value(renamed ? made.module : top), scope);
        }
    }
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by the nesting of suites and of calls
void Interpreter::assign(const Statement& statement, const Frame& frame) {
    const auto roots = tree_.roots_of(statement);
    if (roots.size() < 2) return;
    Value value = frame[roots.back()];
    if (statement.kind == StatementKind::augmented) {
        Value sum;
        for (const Value& left : frame[roots[0]].ways()) {
            for (const Value& right : value.ways()) {
                sum = either(sum, fold_binary("+", left, right));
            }
        }
        value = sum;
    }
    for (const Index target : roots.first(roots.size() - 1)) bind(target, value, frame);
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the target is nested
void Interpreter::bind(Index target, const Value& value, const Frame& frame) {
    const Node& node = tree_.nodes[target];
    const auto parts = tree_.parts_of(node);
    if (node.kind == NodeKind::name) {
        const std::string name = python::read_name(tree_.token(node));
        set(name, value, frame.scope, frame.joins);
        for (const Value& way : value.ways()) {
            const auto act = act_of(way.dotted());
            // Python calls attributes of these names by itself.
            if (is_dunder(name) && (act == Act::command || act == Act::evaluate)) {
                judge_source_call(scan_, artifact_,
                                  {node.begin, way, {}, when_, SourceCall::Way::handed});
            }
        }
    } else if (node.kind == NodeKind::sequence) {
        const auto is_star = [&](Index part) {
            return tree_.nodes[part].kind == NodeKind::starred;
        };
        const auto star =
            static_cast<std::size_t>(std::ranges::find_if(parts, is_star) - parts.begin());
        if (!spend(value.items().size() + parts.size())) return;
        for (std::size_t i = 0; i < parts.size(); ++i) {
            bind(parts[i], part_of(value, i, parts.size(), star), frame);
        }
    } else if (node.kind == NodeKind::attribute && !parts.empty()) {
        set_attribute(frame[parts[0]], python::read_name(tree_.token(node)), value);
    } else if (node.kind == NodeKind::subscript && parts.size() > 1) {
        const auto* key = frame[parts[1]].text();
        set_item(parts[0], key == nullptr ? "" : *key, value, frame);
    } else if (node.kind == NodeKind::starred && !parts.empty()) {
        bind(parts[0], value, frame);
    }
}

/// `self.run = os.system`: known by the attribute's name, whatever the object.
void Interpreter::set_attribute(const Value& object, const std::string& name, const Value& value) {
    if (!holds_callable(value)) return;
    if (object.dotted() == "builtins") set(name, value, 0);
    set(attribute_key(object, name), value, 0, true);
}

Value Interpreter::stored_attribute(const Value& object, const std::string& name) const {
    const auto known = scopes_[0].names.find(attribute_key(object, name));
    return known == scopes_[0].names.end() ? Value{} : known->second;
}

/// `object[key] = value`, and methods that do as much.
// NOLINTNEXTLINE(misc-no-recursion): bounded by the nesting of suites and of calls
void Interpreter::set_item(Index object, const std::string& key, const Value& value,
                           const Frame& frame) {
    const Node& node = tree_.nodes[object];
    const Value& before = frame[object];
    if (before.symbol() != nullptr) {
        if (before.dotted() == "os.environ") {
            return judge_variable(scan_, artifact_, node.begin, key, when_);
        }
        // globals()["name"]
        if (before.dotted().empty() && !key.empty()) set(key, value, 0, frame.joins);
        return;
    }
    // Data put into something unknown leaves it unknown; what can be called is remembered.
    const bool list = before.is(Kind::list) || before.is(Kind::choice);
    if (!list && !holds_callable(value) && value.marks == 0) return;
    if (!spend(before.items().size())) return;
    const bool keeps = list || holds_callable(value);
    put(object, keeps ? with_item(before, value, key) : unknown(before.marks | value.marks), frame);
}

/// What a name or an attribute holds from now on, of the same object.
void Interpreter::put(Index object, const Value& after, const Frame& frame) {
    const Node& node = tree_.nodes[object];
    if (node.kind == NodeKind::name) {
        set(python::read_name(tree_.token(node)), after, frame.scope);
    } else if (node.kind == NodeKind::attribute && !tree_.parts_of(node).empty()) {
        set_attribute(frame[tree_.parts_of(node)[0]], python::read_name(tree_.token(node)), after);
    }
}

/// Methods that put something into their object.
// NOLINTNEXTLINE(misc-no-recursion): bounded by the nesting of suites and of calls
void Interpreter::change(Index object, std::string_view method, const Arguments& given,
                         const Frame& frame) {
    constexpr auto kAdders =
        std::to_array<std::string_view>({"add", "append", "appendleft", "insert", "put", "push"});
    if (std::ranges::find(kAdders, method) != kAdders.end() && !given.positional.empty()) {
        return set_item(object, "", given.positional.back(), frame);
    }
    if ((method == "setdefault" || method == "__setitem__") && given.positional.size() > 1) {
        const auto* key = given.at(0).text();
        return set_item(object, key == nullptr ? "" : *key, given.at(1), frame);
    }
    if (method == "extend" && !given.positional.empty()) {
        return set_item(object, "", any_item(given.at(0)), frame);
    }
    if (method != "update") return;
    std::vector<std::pair<std::string, Value>> more = given.named;
    for (const Value& one : given.positional) {
        for (std::size_t i = 0; i < one.items().size() && spend(1); ++i) {
            const auto& keys = one.parts->keys;
            more.emplace_back(i < keys.size() ? keys[i] : "", one.items()[i]);
        }
    }
    if (frame[object].symbol() != nullptr) {
        for (const auto& [key, value] : more) set_item(object, key, value, frame);
        return;
    }
    Value after = frame[object];
    const bool any =
        std::ranges::any_of(more, [](const auto& item) { return holds_callable(item.second); });
    if (!any && !after.is(Kind::list)) return;
    for (const auto& [key, value] : more) {
        if (!spend(after.items().size())) return;
        after = with_item(after, value, key);
    }
    put(object, after, frame);
}

/// What is known of a name stays known when something unknown takes its place, as in `except
/// ImportError: name = None`. In a branch a value joins those that the name had before.
void Interpreter::set(const std::string& name, const Value& value, std::size_t scope, bool joins) {
    const bool global = scopes_[scope].global.contains(name);
    auto& names = scopes_[global ? 0 : scope].names;
    const auto [place, fresh] = names.emplace(name, value);
    if (fresh) return;
    Value& known = place->second;
    const Value before = known;
    if (joins) {
        known = either(known, value);
    } else if (value.is(Kind::unknown) && known.ways()[0].symbol() != nullptr) {
        known.marks |= value.marks;
    } else {
        known = value;
    }
    if (&names == &scopes_[0].names && !is_same(before, known)) ++changes_;
}

Value Interpreter::find(const std::string& name, std::size_t scope) {
    const std::size_t own = scope;
    for (; scope != kNoScope; scope = scopes_[scope].outer) {
        if (scopes_[scope].is_class && scope != own) continue;
        const auto found = scopes_[scope].names.find(name);
        if (found != scopes_[scope].names.end()) return found->second;
    }
    if (!stars_.empty()) {
        Value starred = find_starred(name);
        if (starred.symbol() != nullptr) return starred;
    }
    if (name == "__builtins__") return module_value("builtins");
    // A notebook has it without an import.
    if (name == "get_ipython") return fold_attribute(module_value("IPython"), name);
    Value built_in = fold_attribute(module_value("builtins"), name);
    return rules::find(built_in.dotted()) != nullptr ? built_in : Value{};
}

/// A name out of a module whose names are all imported.
Value Interpreter::find_starred(const std::string& name) {
    const auto [place, fresh] = starred_.emplace(name, Value{});
    if (!fresh || !spend(kStarSteps * stars_.size())) return place->second;
    for (const std::string& module : stars_) {
        Value value = fold_attribute(module_value(module), name);
        if (!act_of(value.dotted())) continue;
        place->second = std::move(value);
        break;
    }
    return place->second;
}

/// What a loop over it binds. What a generator of this source yields counts as what it gives.
Value Interpreter::element_of(const Value& whole) {
    Value out = unknown(whole.marks);
    for (const Value& way : whole.ways()) {
        if (!spend(way.items().size())) break;
        const bool yielded =
            way.is(Kind::function) || (way.is(Kind::symbol) && act_of(way.dotted()).has_value());
        if (way.is(Kind::list)) {
            out = either(out, any_item(way));
        } else if (yielded) {
            out = either(out, way);
        }
    }
    return out;
}

}  // namespace pratique::scanner
