// Expressions: node by node in the order of the tree, so that parts are known before the whole.
#include <algorithm>

#include "base/text.h"
#include "formats/python/literal.h"
#include "rules/findings.h"
#include "scanner/checks/python/interpreter.h"

namespace pratique::scanner {

using python::Index;
using python::Node;
using python::NodeKind;
using python::Statement;
using Kind = Value::Kind;

namespace {

/// What making a value took, beside a step for its node.
std::uint64_t cost_of(const Value& value) {
    constexpr std::uint64_t kBytesPerStep = 16;
    if (const auto* text = value.text()) return text->size() / kBytesPerStep;
    return value.items().size();
}

/// The first node of what `node` is the whole of.
Index first_of(const python::Tree& tree, Index node) {
    for (;;) {
        const auto parts = tree.parts_of(tree.nodes[node]);
        if (parts.empty()) return node;
        node = *std::ranges::min_element(parts);
    }
}

bool is_inside_of_function(std::string_view attribute) {
    return attribute == "__globals__" || attribute == "__builtins__" || attribute == "f_builtins";
}

}  // namespace

// NOLINTNEXTLINE(misc-no-recursion): bounded by the nesting of calls
Interpreter::Frame Interpreter::evaluate(Index index, std::size_t scope) {
    const Statement& statement = tree_.statements[index];
    Frame frame;
    frame.first = statement.first_node;
    frame.scope = scope;
    frame.joins = is_in_branch(index);
    frame.values.resize(statement.last_node - statement.first_node);
    if (!spend(frame.values.size())) return frame;
    evaluate_nodes(statement.first_node, statement.last_node, frame);
    check_kept(statement, frame);
    if (!classes_.empty()) run_hooks(statement, frame);
    return frame;
}

/// Parts before the whole, but the loops of a comprehension before its element, which they bind
/// names for.
// NOLINTNEXTLINE(misc-no-recursion): bounded by the nesting of calls and of comprehensions
void Interpreter::evaluate_nodes(Index first, Index last, Frame& frame) {
    // By the first node of the element, the outermost comprehension last.
    std::unordered_multimap<Index, Index> inside;
    for (Index i = first; i < last; ++i) {
        const auto parts = tree_.parts_of(tree_.nodes[i]);
        if (tree_.nodes[i].kind != NodeKind::comprehension || parts.empty()) continue;
        if (!spend(1)) return;
        inside.emplace(first_of(tree_, parts[0]), i);
    }
    for (Index i = first; i < last; ++i) {
        const auto [from, to] = inside.equal_range(i);
        const auto outermost = std::max_element(
            from, to, [](const auto& a, const auto& b) { return a.second < b.second; });
        if (from != to) {
            const Index whole = outermost->second;
            const auto parts = tree_.parts_of(tree_.nodes[whole]);
            const auto loop = std::ranges::find_if(
                parts, [&](Index part) { return tree_.nodes[part].kind == NodeKind::loop; });
            const Index loops = loop == parts.end() ? whole : *std::prev(loop) + 1;
            evaluate_nodes(loops, whole, frame);
            evaluate_nodes(i, loops, frame);
            i = whole;
        }
        frame[i] = each_way(tree_.nodes[i], frame);
        if (!spend(cost_of(frame[i]))) return;
    }
}

/// Those of what a node is made of whose choice is to be gone through.
std::vector<Index> Interpreter::open_parts(const Node& node, const Frame& frame) const {
    std::vector<Index> out;
    const bool whole = node.kind == NodeKind::sequence || node.kind == NodeKind::dict ||
                       node.kind == NodeKind::keyword || node.kind == NodeKind::starred ||
                       node.kind == NodeKind::wait || node.kind == NodeKind::bind ||
                       node.kind == NodeKind::conditional || node.kind == NodeKind::lambda ||
                       node.kind == NodeKind::loop;
    if (whole) return out;
    for (const Index part : tree_.parts_of(node)) {
        if (frame[part].is(Kind::choice)) out.push_back(part);
    }
    return out;
}

/// The value for each choice of its parts: the first two that are open in all pairs, more of them
/// side by side.
// NOLINTNEXTLINE(misc-no-recursion): bounded by the nesting of calls
Value Interpreter::each_way(const Node& node, Frame& frame) {
    std::vector<Index> open = open_parts(node, frame);
    const auto parts = tree_.parts_of(node);
    // The object of a method is a part of the callee.
    Index callee = python::kNone;
    if (node.kind == NodeKind::call && !parts.empty()) {
        const Node& called = tree_.nodes[parts[0]];
        const auto objects = tree_.parts_of(called);
        if (called.kind == NodeKind::attribute && !objects.empty() &&
            frame[objects[0]].is(Kind::choice)) {
            callee = parts[0];
            std::erase(open, callee);
            open.insert(open.begin(), objects[0]);
        }
    }
    if (open.empty()) return value_of(node, frame);
    std::vector<Value> wholes;
    for (const Index part : open) wholes.push_back(frame[part]);
    const Value called = callee == python::kNone ? Value{} : frame[callee];
    const std::size_t fast = wholes[0].ways().size();
    std::size_t slow = 1;
    for (std::size_t i = 1; i < open.size(); ++i) slow = std::max(slow, wholes[i].ways().size());
    std::optional<Value> out;
    for (std::size_t way = 0; way < fast * slow && spend(1 + open.size()); ++way) {
        for (std::size_t i = 0; i < open.size(); ++i) {
            const auto ways = wholes[i].ways();
            frame[open[i]] = ways[i == 0 ? way % fast : std::min(way / fast, ways.size() - 1)];
        }
        if (callee != python::kNone) frame[callee] = attribute(tree_.nodes[callee], frame);
        Value one = value_of(node, frame);
        out = out ? either(*out, one) : one;
    }
    for (std::size_t i = 0; i < open.size(); ++i) frame[open[i]] = wholes[i];
    if (callee != python::kNone) frame[callee] = called;
    return out.value_or(Value{});
}

void Interpreter::found_walk(std::uint64_t at, const std::string& evidence) {
    Finding finding = finding_of(RuleId::python_internals, artifact_.chain, at, evidence);
    if (when_ != When::imported) finding.severity = Severity::low;
    scan_.find(std::move(finding));
}

Marks Interpreter::marks_of(const Node& node, const Frame& frame) const {
    Marks out = 0;
    for (const Index part : tree_.parts_of(node)) out |= frame[part].marks;
    return out;
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by the nesting of calls
Value Interpreter::value_of(const Node& node, const Frame& frame) {
    const auto parts = tree_.parts_of(node);
    switch (node.kind) {
        case NodeKind::name: return name_value(node, frame);
        case NodeKind::number: {
            const auto number = python::read_integer(tree_.token(node));
            return number ? integer_value(*number) : Value{};
        }
        case NodeKind::text: {
            auto literal = python::read_literal(tree_.token(node));
            return literal ? text_value(std::move(literal->value), literal->bytes, 0) : Value{};
        }
        case NodeKind::piece:
            return text_value(python::unescaped(tree_.token(node), false), false, 0);
        case NodeKind::formatted:
        case NodeKind::joined: return joined(node, frame);
        case NodeKind::attribute: return attribute(node, frame);
        case NodeKind::call: return call_node(node, frame);
        case NodeKind::subscript: return subscript(node, frame);
        case NodeKind::sequence: return sequence(node, frame);
        case NodeKind::dict: return dict(node, frame);
        case NodeKind::comprehension: return comprehension(node, frame);
        case NodeKind::keyword:
        case NodeKind::starred:
        case NodeKind::wait: return parts.empty() ? Value{} : frame[parts[0]];
        case NodeKind::loop:
            if (parts.size() > 1) bind(parts[0], element_of(frame[parts[1]]), frame);
            return unknown(marks_of(node, frame));
        case NodeKind::bind:
            if (parts.size() != 2) return {};
            bind(parts[0], frame[parts[1]], frame);
            return frame[parts[1]];
        case NodeKind::conditional: {
            if (parts.size() != 3) return unknown(marks_of(node, frame));
            Value out = either(frame[parts[0]], frame[parts[2]]);
            out.marks |= marks_of(node, frame);
            return out;
        }
        case NodeKind::binary:
            if (parts.size() != 2) return unknown(marks_of(node, frame));
            return fold_binary(tree_.token(node), frame[parts[0]], frame[parts[1]]);
        case NodeKind::unary:
            if (!parts.empty() && frame[parts[0]].is(Kind::integer) && tree_.token(node) == "-") {
                return integer_value(-frame[parts[0]].number);
            }
            return unknown(marks_of(node, frame));
        case NodeKind::lambda:
            // What it would give, for whoever calls it.
            return parts.empty() ? Value{} : frame[parts.back()];
        case NodeKind::slice: return unknown(marks_of(node, frame));
        case NodeKind::parameter: return {};
    }
    return {};
}

Value Interpreter::name_value(const Node& node, const Frame& frame) {
    const std::string_view token = tree_.token(node);
    const std::string name = python::read_name(token);
    if (name != token &&
        name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "0123456789_") == std::string::npos) {
        scan_.find(RuleId::python_disguised_name, artifact_, node.begin, name);
    }
    const bool constant = name == "None" || name == "True" || name == "False" || name == "...";
    return constant ? Value{} : find(name, frame.scope);
}

Value Interpreter::attribute(const Node& node, const Frame& frame) {
    const auto parts = tree_.parts_of(node);
    if (parts.empty()) return {};
    const Value& object = frame[parts[0]];
    const std::string name = python::read_name(tree_.token(node));
    if (object.is(Kind::class_) || object.is(Kind::object)) {
        Value method = method_of(object, name);
        if (!method.is(Kind::unknown)) return method;
    }
    if (object.symbol() == nullptr) {
        if (name == "__base__" || name == "__bases__" || name == "__mro__")
            return unknown(object.marks | kWalk);
        return either(unknown(object.marks), stored_attribute(object, name));
    }
    const Value stored = stored_attribute(object, name);
    const Value folded = fold_attribute(object, name);
    return stored.is(Kind::unknown) ? folded : either(folded, stored);
}

Value Interpreter::subscript(const Node& node, const Frame& frame) {
    const auto parts = tree_.parts_of(node);
    if (parts.size() < 2) return {};
    const Value& object = frame[parts[0]];
    const Node& index = tree_.nodes[parts[1]];
    std::string slice;
    if (index.kind == NodeKind::slice) {
        std::ranges::copy_if(tree_.token(index), std::back_inserter(slice),
                             [](char c) { return c != ' '; });
    }
    const auto* key = frame[parts[1]].text();
    const Node& of = tree_.nodes[parts[0]];
    const bool inside = of.kind == NodeKind::attribute && is_inside_of_function(tree_.token(of));
    const bool frame_of = inside && tree_.token(of) == "f_builtins";
    if (key != nullptr && inside && (frame_of || object.symbol() == nullptr)) {
        // f.__globals__["os"]: a module that nobody imported here.
        found_walk(node.begin, std::string(tree_.token(of)) + "[\"" + escape(*key, 100) + "\"]");
        if (tree_.token(of) == "f_builtins") {
            return fold_attribute(module_value("builtins", object.marks), *key);
        }
        return module_value(*key == "__builtins__" ? "builtins" : *key, object.marks);
    }
    // globals()["name"]
    if (key != nullptr && object.symbol() != nullptr && object.dotted().empty()) {
        Value out = find(*key, 0);
        out.marks |= frame[parts[1]].marks;
        return out;
    }
    return fold_subscript(object, frame[parts[1]], slice);
}

Value Interpreter::joined(const Node& node, const Frame& frame) const {
    std::string out;
    bool bytes = false;
    const auto parts = tree_.parts_of(node);
    Marks marks = marks_of(node, frame);
    for (const Index part : parts) {
        const auto* text = frame[part].text();
        if (text == nullptr) return unknown(marks);
        if (tree_.nodes[part].kind != NodeKind::text) marks |= kComputed;
        bytes = bytes || frame[part].is(Kind::bytes);
        out += *text;
    }
    return text_value(std::move(out), bytes, marks);
}

Value Interpreter::sequence(const Node& node, const Frame& frame) const {
    std::vector<Value> items;
    for (const Index part : tree_.parts_of(node)) items.push_back(frame[part]);
    return list_value(std::move(items));
}

Value Interpreter::dict(const Node& node, const Frame& frame) const {
    const auto parts = tree_.parts_of(node);
    std::vector<Value> items;
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < parts.size();) {
        const bool spread = tree_.nodes[parts[i]].kind == NodeKind::starred;
        const auto* key = frame[parts[i]].text();
        keys.push_back(key == nullptr || spread ? "" : *key);
        if (!spread && i + 1 < parts.size()) ++i;
        items.push_back(frame[parts[i++]]);
    }
    return list_value(std::move(items), std::move(keys));
}

/// A list of one item, whatever the loop binds; `chr(c) for c in [...]` is what payloads make of
/// texts.
Value Interpreter::comprehension(const Node& node, const Frame& frame) const {
    const auto parts = tree_.parts_of(node);
    const Marks marks = marks_of(node, frame);
    if (parts.empty()) return unknown(marks);
    const Node& element = tree_.nodes[parts[0]];
    const auto inner = tree_.parts_of(element);
    const Node& loop = tree_.nodes[parts.back()];
    const auto looped = tree_.parts_of(loop);
    const bool single = parts.size() == 2 && loop.kind == NodeKind::loop && looped.size() == 2;
    if (single && element.kind == NodeKind::call && inner.size() == 2 &&
        frame[looped[1]].is(Kind::list)) {
        Arguments given;
        given.positional = {frame[inner[0]], frame[looped[1]]};
        Symbol map;
        map.form = Symbol::Form::named;
        map.module = "builtins";
        map.name = "map";
        Value out = fold_call(symbol_value(std::move(map)), {}, "", given);
        if (out.is(Kind::list)) return out;
    }
    // `b ^ 66 for b in data`: a cipher of one line.
    const bool cipher = element.kind == NodeKind::binary && tree_.token(element) == "^";
    const bool of_call = element.kind == NodeKind::call && inner.size() > 1 &&
                         tree_.nodes[inner[1]].kind == NodeKind::binary &&
                         tree_.token(tree_.nodes[inner[1]]) != "/";
    const bool chr = of_call && frame[inner[0]].dotted() == "builtins.chr";
    if (cipher || chr) return unknown(marks | kDecoded);
    const auto callable = std::ranges::find_if(parts, [&](Index part) {
        return tree_.nodes[part].kind != NodeKind::loop &&
               std::ranges::any_of(frame[part].ways(), &Value::is_callable);
    });
    if (callable == parts.end()) return unknown(marks);
    Value out = list_value({frame[*callable]});
    out.marks |= marks;
    return out;
}

}  // namespace pratique::scanner
