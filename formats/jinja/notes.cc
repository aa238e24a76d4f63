// The effects that are more than one line: names that may be several, or hidden in a text.
#include <algorithm>

#include "formats/jinja/machine_impl.h"

namespace pratique::jinja {
namespace {

bool is_dunder(std::string_view text) {
    return text.size() > 4 && text.starts_with("__") && text.ends_with("__");
}

/// The names between points: what an `attribute` argument may hold.
std::vector<std::string> steps_of(std::string_view dotted) {
    std::vector<std::string> out;
    while (out.size() < 16) {
        const auto point = dotted.find('.');
        out.emplace_back(dotted.substr(0, point));
        if (point == std::string_view::npos) break;
        dotted.remove_prefix(point + 1);
    }
    return out;
}

/// The names of attributes and items in the fields of a format: `{0.a[b]!r:>10}`.
std::vector<std::string> fields_of(std::string_view format) {
    std::vector<std::string> out;
    std::string name;
    bool inside = false;
    bool after_first = false;
    const auto finish = [&] {
        if (after_first && !name.empty()) out.push_back(name);
        name.clear();
    };
    for (const char c : format) {
        if (c == '{') {
            inside = true;
            after_first = false;
            name.clear();
        } else if (inside && (c == '.' || c == '[' || c == ']')) {
            finish();
            after_first = true;
        } else if (inside && (c == '}' || c == '!' || c == ':')) {
            finish();
            inside = false;
        } else if (inside) {
            name += c;
        }
    }
    return out;
}

/// The largest number among the widths and precisions of a format: `%9999999d`, `{:>9999999}`.
std::int64_t widest_in(std::string_view format) {
    std::int64_t widest = 0;
    std::int64_t number = 0;
    bool percent = false;  // behind a `%`, before its letter
    bool braces = false;
    for (const char c : format) {
        const bool digit = c >= '0' && c <= '9';
        const bool flag = std::string_view("-+ #.*").find(c) != std::string_view::npos;
        if (c == '{' || c == '}') braces = c == '{';
        percent = c == '%' || (percent && (digit || flag));
        number =
            digit && (percent || braces) ? std::min(number * 10 + (c - '0'), INT64_MAX / 100) : 0;
        widest = std::max(widest, number);
    }
    return widest;
}

}  // namespace

/// Each name that it may be, and whether it may be another; numbers are no names.
void Machine::note_names(const Node& node, const Known& names, Effect like) {
    like.offset = node.offset;
    like.marked = names.marked;
    for (const Value& option : names.options) {
        if (option.kind != ValueKind::text || option.text.empty()) continue;
        Effect effect = like;
        effect.name = option.text;
        note(std::move(effect));
    }
    if (!names.open) return;
    like.open = true;
    note(std::move(like));
}

/// What a filter is given to look for in its operand: attributes, and filters and tests in turn.
void Machine::note_attributes_of(const Node& node, const std::vector<Known>& operands) {
    const bool maps = node.text == "map";
    const bool picks = node.text.starts_with("select") || node.text.starts_with("reject");
    for (std::size_t i = 1; i < operands.size(); ++i) {
        const Node& argument = source_.nodes[node.parts[i]];
        const bool by_keyword = argument.op == Op::keyword;
        if (by_keyword && argument.text != "attribute") continue;
        const bool calls =
            i == 1 && !by_keyword && (maps || (picks && !node.text.ends_with("attr")));
        if (calls) {
            note_names(node, operands[i], {.kind = maps ? EffectKind::filter : EffectKind::test});
            continue;
        }
        Known names = operands[i];
        names.options.clear();
        for (const Value& option : operands[i].options) {
            if (option.kind != ValueKind::text) continue;
            for (std::string& step : steps_of(option.text)) names.add(text(std::move(step)));
        }
        // Only these take nothing but names there: others have separators and flags as well.
        const bool only_names = by_keyword || i == 1;
        names.open &= only_names && node.text != "join" && node.text != "sum";
        note_names(node, names,
                   {.kind = EffectKind::attribute,
                    .path = operands.front().path + "|" + node.text,
                    .by = By::filter});
    }
}

void Machine::note_fields(const Node& node, const Known& format) {
    for (const Value& option : format.options) {
        if (option.kind != ValueKind::text) continue;
        for (std::string& name : fields_of(option.text)) {
            note({.kind = EffectKind::attribute,
                  .offset = node.offset,
                  .name = std::move(name),
                  .path = "str.format",
                  .by = By::format});
        }
    }
}

void Machine::note_spelled(const Node& node, const Known& value) {
    for (const Value& option : value.options) {
        if (option.kind == ValueKind::many && option.number > kLongestOutput && !too_long_) {
            too_long_ = true;
            note({.kind = EffectKind::amount,
                  .offset = node.offset,
                  .name = std::to_string(option.number) + " characters or items"});
        }
        if (!value.built || option.kind != ValueKind::text || !is_dunder(option.text)) continue;
        note({.kind = EffectKind::spelled, .offset = node.offset, .name = option.text});
    }
}

void Machine::note_widths(const Node& node, const Known& format) {
    for (const Value& option : format.options) {
        if (option.kind != ValueKind::text) continue;
        const std::int64_t widest = widest_in(option.text);
        if (widest <= kLargestArgument) continue;
        note({.kind = EffectKind::amount,
              .offset = node.offset,
              .name = "a width of " + std::to_string(widest)});
    }
}

/// A macro that calls itself with nothing that comes from outside, so that only its own counting
/// ends it: twice each, sixty times deep, it never does.
void Machine::note_recursion(const Node& node, const std::vector<Known>& given, Index macro) {
    const auto depth = std::count(inside_.begin(), inside_.end(), macro);
    const bool told = std::all_of(given.begin(), given.end(), [](const Known& argument) {
        return !argument.options.empty() && !argument.open;
    });
    if (depth == 0 || !told || (!given.empty() && depth <= 2)) return;
    note({.kind = EffectKind::amount,
          .offset = node.offset,
          .name = "calls of " + source_.nodes[node.parts.front()].text + " in itself"});
}

void Machine::note_amounts(const Node& node, const std::vector<Known>& operands) {
    for (const Known& operand : operands) {
        for (const Value& option : operand.options) {
            const bool number = option.kind == ValueKind::integer || option.kind == ValueKind::many;
            if (!number || option.number <= kLargestArgument) continue;
            note({.kind = EffectKind::amount,
                  .offset = node.offset,
                  .name = std::to_string(option.number) + " as an argument"});
        }
    }
}

}  // namespace pratique::jinja
