// See machine.cc for what bounds the recursion.
// NOLINTBEGIN(misc-no-recursion)
#include <algorithm>
#include <array>

#include "formats/jinja/machine_impl.h"

namespace pratique::jinja {
namespace {

/// Macros that are followed into one another with their arguments.
constexpr int kMostInlined = 3;

/// Filters that take names of attributes, some of them of filters and tests.
constexpr auto kByAttribute =
    std::to_array<std::string_view>({"attr", "map", "select", "reject", "selectattr", "rejectattr",
                                     "groupby", "sort", "sum", "unique", "min", "max", "join"});

bool names_attributes(std::string_view filter) {
    return std::find(kByAttribute.begin(), kByAttribute.end(), filter) != kByAttribute.end();
}

Known with_path(Known value, const std::string& base, std::string_view step) {
    value.path = base + std::string(step);
    if (value.path.size() > 100) value.path.resize(100);
    return value;
}

std::string name_of(const Known& base) { return base.path.empty() ? "…" : base.path; }

}  // namespace

/// What it costs to make and to copy a value is what it weighs.
Known Machine::evaluate(Index index) {
    if (!spend(1)) return anything();
    Known value = evaluate_node(source_.nodes[index]);
    return spend(weight(value)) ? std::move(value) : anything();
}

Known Machine::evaluate_node(const Node& node) {
    switch (node.op) {
        case Op::name: return evaluate_name(node);
        case Op::text: return evaluate_text(node);
        case Op::integer: return known(integer(node.number));
        case Op::constant:
        case Op::captured: return anything();
        case Op::list:
        case Op::dict: return evaluate_collection(node);
        case Op::unary:
        case Op::binary:
        case Op::concat:
        case Op::condition: return evaluate_operation(node);
        case Op::attribute: return evaluate_attribute(node);
        case Op::item: return evaluate_item(node);
        case Op::filter: return evaluate_filter(node);
        case Op::test: return evaluate_test(node);
        case Op::call: return evaluate_call(node);
        case Op::keyword:
        case Op::spread: return evaluate(node.parts.front());
        case Op::slice: break;
    }
    for (const Index part : node.parts) (void)evaluate(part);
    return anything();
}

/// A name that nobody defines is empty where it is printed, and templates are built on that.
Known Machine::evaluate_name(const Node& node) {
    if (const Known* value = find(node.text)) return *value;
    Known out = anything();
    out.path = node.text;
    out.source = Source::engine;
    if (macros_.contains(node.text)) return out;
    note({.kind = EffectKind::global, .offset = node.offset, .name = node.text});
    out.source = Source::global;
    out.add(text(""));
    return out;
}

Known Machine::evaluate_text(const Node& node) {
    Known out = known(text(node.text));
    out.open = node.open;
    out.built = node.escaped;
    if (out.built) note_spelled(node, out);
    return out;
}

Known Machine::evaluate_collection(const Node& node) {
    std::vector<Value> items;
    bool open = false;
    Known out = anything();
    for (const Index part : node.parts) {
        const Known item = evaluate(part);
        const Value* only = item.only();
        open |= only == nullptr;
        if (only != nullptr && items.size() < kMostParts) items.push_back(*only);
        out.marked |= item.marked;
        if (item.source == Source::reached) out.source = Source::reached;
    }
    auto value = node.op == Op::list ? list(std::move(items)) : dict(std::move(items));
    if (open || !value || node.parts.size() > kMostParts) return out;
    out.open = false;
    out.add(std::move(*value));
    return out;
}

Known Machine::evaluate_operation(const Node& node) {
    std::vector<Known> operands;
    for (const Index part : node.parts) operands.push_back(evaluate(part));
    if (node.op == Op::condition) return either(operands[1], operands[2]);
    Known out = anything();
    if (node.op == Op::concat) {
        out = concatenated(operands);
    } else if (node.op == Op::unary) {
        const Known zero = known(integer(0));
        if (node.text == "-") out = computed("-", zero, operands.front());
    } else if (node.text == "or" || node.text == "and") {
        return either(operands[0], operands[1]);
    } else {
        out = computed(node.text, operands[0], operands[1]);
        if (node.text == "%") note_widths(node, operands[0]);
    }
    note_spelled(node, out);
    return out;
}

/// A cell of a namespace, a value of a dict, or something of which nothing is known.
Known Machine::member(const Known& base, std::string_view name) {
    const auto cell = cells_.find(base.path + "." + std::string(name));
    if (base.source == Source::engine && cell != cells_.end()) return cell->second;
    Known out = item(base, known(text(std::string(name))));
    if (base.source == Source::reached) out.source = Source::reached;
    return out;
}

Known Machine::evaluate_attribute(const Node& node) {
    const Known base = evaluate(node.parts.front());
    note({.kind = EffectKind::attribute,
          .offset = node.offset,
          .name = node.text,
          .path = name_of(base),
          .engine = base.source == Source::engine});
    return with_path(member(base, node.text), name_of(base), "." + node.text);
}

Known Machine::evaluate_item(const Node& node) {
    const Known base = evaluate(node.parts[0]);
    if (source_.nodes[node.parts[1]].op == Op::slice) {
        return evaluate_slice(source_.nodes[node.parts[1]], base);
    }
    const Known key = evaluate(node.parts[1]);
    note_names(node, key,
               {.kind = EffectKind::attribute,
                .path = name_of(base),
                .by = By::brackets,
                .engine = base.source == Source::engine});
    const Value* only = key.only();
    if (only != nullptr && only->kind == ValueKind::text) {
        return with_path(member(base, only->text), name_of(base), "." + only->text);
    }
    Known out = item(base, key);
    const bool named = only == nullptr || only->kind == ValueKind::text;
    if (base.source == Source::reached || (named && out.open)) out.source = Source::reached;
    return with_path(std::move(out), name_of(base), "[…]");
}

Known Machine::evaluate_slice(const Node& slice, const Known& base) {
    SliceParts parts;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (source_.nodes[slice.parts[i]].op == Op::constant) continue;
        parts.at(i) = evaluate(slice.parts[i]);
    }
    Known out = sliced(base, parts);
    note_spelled(slice, out);
    return out;
}

std::vector<Known> Machine::arguments(const Node& node) {
    std::vector<Known> out;
    for (std::size_t i = 1; i < node.parts.size(); ++i) out.push_back(evaluate(node.parts[i]));
    note_amounts(node, out);
    return out;
}

Known Machine::evaluate_filter(const Node& node) {
    std::vector<Known> operands = {evaluate(node.parts.front())};
    for (Known& argument : arguments(node)) operands.push_back(std::move(argument));
    note({.kind = EffectKind::filter,
          .offset = node.offset,
          .name = node.text,
          .path = name_of(operands.front())});
    if (node.text == "format") note_widths(node, operands.front());
    if (names_attributes(node.text)) note_attributes_of(node, operands);
    Known out = filtered(node.text, operands);
    // A filter that is given what it does not know still gives something.
    if (out.options.empty()) out.open = true;
    if (node.text == "attr" || operands.front().source == Source::reached) {
        out.source = Source::reached;
    }
    if (node.text == "default" || node.text == "d") {
        for (std::size_t i = 1; i < operands.size(); ++i) out = either(out, operands[i]);
    }
    note_spelled(node, out);
    return with_path(std::move(out), name_of(operands.front()), "|" + node.text);
}

Known Machine::evaluate_test(const Node& node) {
    const Node& operand = source_.nodes[node.parts.front()];
    note({.kind = EffectKind::test, .offset = node.offset, .name = node.text});
    // Whether there is such a name: nothing is done with it.
    const bool asks = node.text == "defined" || node.text == "undefined" || node.text == "none" ||
                      node.text == "callable";
    if (!asks || operand.op != Op::name) (void)evaluate(node.parts.front());
    (void)arguments(node);
    return anything();
}

Known Machine::evaluate_call(const Node& node) {
    const Node& callee = source_.nodes[node.parts.front()];
    if (callee.op == Op::attribute) return call_method(node, callee);
    const Known* value = callee.op == Op::name ? find(callee.text) : nullptr;
    if (callee.op == Op::name && value == nullptr) {
        const auto macro = macros_.find(callee.text);
        return macro == macros_.end() ? call_function(node, callee.text)
                                      : call_macro(node, macro->second);
    }
    const Known called = value == nullptr ? evaluate(node.parts.front()) : *value;
    (void)arguments(node);
    // The engine's own objects: loop() of a recursive loop, caller().
    if (callee.op == Op::name && called.source == Source::engine) return anything();
    note({.kind = EffectKind::computed,
          .offset = node.offset,
          .path = name_of(called),
          .reached = called.source == Source::reached});
    Known out = anything();
    out.source = Source::reached;
    return with_path(std::move(out), name_of(called), "()");
}

Known Machine::call_function(const Node& node, const std::string& name) {
    note({.kind = EffectKind::call, .offset = node.offset, .name = name});
    if (name == "namespace" || name == "dict") return make_namespace(node);
    const auto given = arguments(node);
    Known out = anything();
    if (name == "range" && given.size() == 1) {
        const Value* count = given.front().only();
        if (count != nullptr && count->kind == ValueKind::integer) {
            std::vector<Value> items;
            const bool few = count->number < 64;
            for (std::int64_t i = 0; few && i < count->number; ++i) items.push_back(integer(i));
            auto all = list(std::move(items));
            const auto size = static_cast<std::uint64_t>(std::max<std::int64_t>(count->number, 0));
            return known(few && all ? std::move(*all) : many(size));
        }
    }
    if (name == "cycler" || name == "joiner") out.source = Source::engine;
    return with_path(std::move(out), name, "()");
}

/// `namespace(a=1)` has cells of its own; `dict(a=1)` is a dict, if all is known.
Known Machine::make_namespace(const Node& node) {
    const std::string path = "namespace" + std::to_string(node.offset);
    const Node& callee = source_.nodes[node.parts.front()];
    std::vector<Value> items;
    Known out = anything();
    for (std::size_t i = 1; i < node.parts.size(); ++i) {
        const Node& argument = source_.nodes[node.parts[i]];
        const Known value = evaluate(node.parts[i]);
        out.marked |= value.marked;
        if (argument.op != Op::keyword) continue;
        items.push_back(text(argument.text));
        const Value* only = value.only();
        items.push_back(only == nullptr ? text("") : *only);
        if (spend(weight(value))) cells_[path + "." + argument.text] = value;
    }
    if (callee.text == "namespace") {
        out.source = Source::engine;
        out.path = path;
        return out;
    }
    auto value = dict(std::move(items));
    if (value) out.add(std::move(*value));
    out.open = !value;
    return out;
}

Known Machine::call_method(const Node& node, const Node& callee) {
    std::vector<Known> operands = {evaluate(callee.parts.front())};
    const Known& base = operands.front();
    const std::string path = name_of(base);
    note({.kind = EffectKind::attribute,
          .offset = callee.offset,
          .name = callee.text,
          .path = path,
          .engine = base.source == Source::engine});
    // What the template itself stored under the name is no method.
    const Known stored = member(base, callee.text);
    const bool is_stored =
        !stored.options.empty() || (base.source == Source::engine && !stored.path.empty());
    const bool reached = is_stored && stored.source == Source::reached;
    for (Known& argument : arguments(node)) operands.push_back(std::move(argument));
    note({.kind = EffectKind::method,
          .offset = callee.offset,
          .name = callee.text,
          .path = path,
          .reached = reached});
    if (callee.text == "format" || callee.text == "format_map") {
        note_fields(node, operands[0]);
        note_widths(node, operands[0]);
    }
    Known out = called(callee.text, operands);
    if (out.options.empty()) out.open = true;
    if (operands[0].source == Source::reached) out.source = Source::reached;
    note_spelled(node, out);
    return with_path(std::move(out), path, "." + callee.text + "()");
}

/// A macro with what it is given, if something of it is known.
Known Machine::call_macro(const Node& node, Index macro) {
    const std::vector<Known> given = arguments(node);
    note_recursion(node, given, macro);
    const bool is_told = std::any_of(given.begin(), given.end(), [](const Known& argument) {
        return !argument.options.empty() || argument.marked;
    });
    if (!is_told || inlined_ == kMostInlined) return output_of_any_call(macro);
    const During inlined(inlined_);
    const Statement& statement = source_.statements[macro];
    scopes_.emplace_back();
    bind_arguments(node, given, statement);
    inside_.push_back(macro);
    Known out = output_of(macro + 1, statement.end);
    inside_.pop_back();
    scopes_.pop_back();
    return out;
}

void Machine::bind_arguments(const Node& node, const std::vector<Known>& values,
                             const Statement& macro) {
    const std::size_t parameters = macro.names.size() - 1;
    const std::size_t required = parameters - std::min(parameters, macro.parts.size());
    Names given;
    std::size_t position = 1;
    for (std::size_t i = 1; i < node.parts.size(); ++i) {
        const Node& argument = source_.nodes[node.parts[i]];
        if (argument.op == Op::keyword) {
            given[argument.text] = values[i - 1];
        } else if (position < macro.names.size()) {
            given[macro.names[position++]] = values[i - 1];
        }
    }
    for (std::size_t i = 0; i < parameters; ++i) {
        const std::string& name = macro.names[i + 1];
        const auto found = given.find(name);
        const bool has_default = i >= required && i - required < macro.parts.size();
        Known value = found != given.end() ? found->second
                      : has_default        ? evaluate(macro.parts[i - required])
                                           : known(text(""));
        scopes_.back()[name] = std::move(value);
    }
}

}  // namespace pratique::jinja
// NOLINTEND(misc-no-recursion)
