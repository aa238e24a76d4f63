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

bool is_inside_of_function(std::string_view attribute) {
    return attribute == "__globals__" || attribute == "__builtins__";
}

}  // namespace

// NOLINTNEXTLINE(misc-no-recursion): bounded by the nesting of calls
Interpreter::Frame Interpreter::evaluate(const Statement& statement, std::size_t scope) {
    Frame frame;
    frame.first = statement.first_node;
    frame.scope = scope;
    const Index count = statement.last_node - statement.first_node;
    frame.values.reserve(count);
    bool affordable = spend(count);
    for (Index i = statement.first_node; i < statement.last_node; ++i) {
        frame.values.push_back(affordable ? value_of(tree_.nodes[i], frame) : Value{});
        affordable = affordable && spend(cost_of(frame.values.back()));
    }
    return frame;
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
        case NodeKind::bind:
            if (parts.size() != 2) return {};
            bind(parts[0], frame[parts[1]], frame);
            return frame[parts[1]];
        case NodeKind::conditional: {
            if (parts.size() != 3) return unknown(marks_of(node, frame));
            const bool first = !frame[parts[0]].is(Kind::unknown);
            Value out = frame[parts[first ? 0 : 2]];
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
        const auto known = scopes_[0].names.find("." + name);
        if (known != scopes_[0].names.end()) return known->second;
    }
    return fold_attribute(object, name);
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
    if (key != nullptr && object.symbol() == nullptr && of.kind == NodeKind::attribute &&
        is_inside_of_function(tree_.token(of))) {
        // f.__globals__["os"]: a module that nobody imported here.
        found_walk(node.begin, std::string(tree_.token(of)) + "[\"" + escape(*key, 100) + "\"]");
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

/// `chr(c) for c in [...]` is what payloads make of texts; of all others only marks are kept.
Value Interpreter::comprehension(const Node& node, const Frame& frame) const {
    const auto parts = tree_.parts_of(node);
    const Marks marks = marks_of(node, frame);
    if (parts.size() != 3) return unknown(marks);
    const Node& element = tree_.nodes[parts[0]];
    const auto inner = tree_.parts_of(element);
    const Value& items = frame[parts[2]];
    if (element.kind == NodeKind::call && !inner.empty() && items.is(Kind::list)) {
        Arguments given;
        given.positional = {frame[inner[0]], items};
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
    return unknown(cipher || chr ? marks | kDecoded : marks);
}

}  // namespace pratique::scanner
