#include "formats/jinja/text_functions.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "formats/jinja/fold.h"

namespace pratique::jinja {
namespace {

using MaybeValue = std::optional<Value>;
using Arguments = std::span<const Value>;

constexpr std::string_view kSpace = " \t\r\n\f\v";

bool is_text(const Value& value) { return value.kind == ValueKind::text; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c; }

std::string mapped(std::string text, char (*change)(char)) {
    std::transform(text.begin(), text.end(), text.begin(), change);
    return text;
}

std::string capitalized(const std::string& from) {
    std::string out = mapped(from, lower);
    if (!out.empty()) out.front() = upper(out.front());
    return out;
}

std::string swapped(std::string text) {
    for (char& c : text) c = lower(c) == c ? upper(c) : lower(c);
    return text;
}

std::string titled(std::string text) {
    bool begins = true;
    for (char& c : text) {
        c = begins ? upper(c) : lower(c);
        begins = lower(c) == upper(c);
    }
    return text;
}

std::string stripped(std::string_view from, std::string_view what, bool left, bool right) {
    const auto npos = std::string_view::npos;
    if (left) from.remove_prefix(std::min(from.find_first_not_of(what), from.size()));
    if (right) {
        const auto last = from.find_last_not_of(what);
        from = from.substr(0, last == npos ? 0 : last + 1);
    }
    return std::string(from);
}

std::string replaced(std::string_view from, std::string_view what, std::string_view with) {
    if (what.empty()) return std::string(from);
    std::string out;
    while (out.size() <= kLongestText) {
        const auto at = from.find(what);
        out += from.substr(0, at);
        if (at == std::string_view::npos) break;
        out += with;
        from.remove_prefix(at + what.size());
    }
    return out;
}

MaybeValue joined(const Value& items, std::string_view between) {
    const auto all = items_of(items);
    if (!all) return std::nullopt;
    std::string out;
    for (std::size_t i = 0; i < all->size(); ++i) {
        const auto piece = as_text((*all)[i]);
        if (!piece) return std::nullopt;
        if (i > 0) out += between;
        out += *piece;
        if (out.size() > kLongestText) return std::nullopt;
    }
    return text(std::move(out));
}

MaybeValue split_at(std::string_view from, std::string_view what) {
    std::vector<Value> out;
    while (out.size() < kMostParts && !what.empty()) {
        const auto at = from.find(what);
        out.push_back(text(std::string(from.substr(0, at))));
        if (at == std::string_view::npos) return list(std::move(out));
        from.remove_prefix(at + what.size());
    }
    return std::nullopt;
}

MaybeValue reversed(const Value& value) {
    return slice_of(value, {.first = {}, .last = {}, .step = -1});
}

MaybeValue one_item(const Value& value, bool last) {
    const auto items = items_of(value);
    if (!items || items->empty()) return std::nullopt;
    return last ? items->back() : items->front();
}

/// `{}`, `{0}` and nothing more in the braces; for what is more, see the machine.
MaybeValue brace_format(const Value& format, Arguments arguments) {
    std::string out;
    std::size_t next = 0;
    std::string_view rest = format.text;
    while (!rest.empty()) {
        const auto brace = std::min(rest.find_first_of("{}"), rest.size());
        out += rest.substr(0, brace);
        rest.remove_prefix(brace);
        if (rest.empty()) break;
        if (rest.starts_with("{{") || rest.starts_with("}}")) {
            out += rest.front();
            rest.remove_prefix(2);
            continue;
        }
        const auto end = rest.find('}');
        if (rest.front() != '{' || end > 2) return std::nullopt;
        const bool numbered = end == 2 && rest[1] >= '0' && rest[1] <= '9';
        if (end == 2 && !numbered) return std::nullopt;
        const std::size_t index = numbered ? static_cast<std::size_t>(rest[1] - '0') : next++;
        const auto value = index < arguments.size() ? as_text(arguments[index]) : std::nullopt;
        if (!value) return std::nullopt;
        out += *value;
        rest.remove_prefix(end + 1);
        if (out.size() > kLongestText) return std::nullopt;
    }
    return text(std::move(out));
}

/// What filters and methods of the same name do alike.
MaybeValue apply_either(std::string_view name, const Value& operand, Arguments arguments) {
    if (!is_text(operand)) return std::nullopt;
    if (name == "lower") return text(mapped(operand.text, lower));
    if (name == "upper") return text(mapped(operand.text, upper));
    if (name == "capitalize") return text(capitalized(operand.text));
    if (name == "title") return text(titled(operand.text));
    const bool two = arguments.size() == 2 && is_text(arguments[0]) && is_text(arguments[1]);
    if (name == "replace" && two) {
        return text(replaced(operand.text, arguments[0].text, arguments[1].text));
    }
    return std::nullopt;
}

std::string_view stripped_set(Arguments arguments) {
    return !arguments.empty() && is_text(arguments[0]) ? std::string_view(arguments[0].text)
                                                       : kSpace;
}

/// The filter `join`: of what only has a length, a length comes out.
MaybeValue joined_by(const Value& items, Arguments arguments) {
    const auto pieces = length_of(items);
    const auto gap = arguments.empty() ? std::nullopt : length_of(arguments[0]);
    const bool kept = items.kind != ValueKind::many &&
                      (arguments.empty() || arguments[0].kind != ValueKind::many);
    if (!kept && pieces && gap) {
        std::uint64_t total = 0;
        return many(__builtin_mul_overflow(*pieces, *gap, &total) ? INT64_MAX : total);
    }
    const bool has_text = !arguments.empty() && is_text(arguments[0]);
    return joined(items, has_text ? std::string_view(arguments[0].text) : "");
}

}  // namespace

std::vector<std::string> characters(std::string_view text) {
    std::vector<std::string> out;
    for (const char c : text) {
        const bool continues = (static_cast<unsigned char>(c) & 0xc0) == 0x80;
        if (!continues || out.empty()) out.emplace_back();
        out.back() += c;
    }
    return out;
}

std::optional<std::uint64_t> length_of(const Value& value) {
    switch (value.kind) {
        case ValueKind::integer: return std::nullopt;
        case ValueKind::text: return characters(value.text).size();
        case ValueKind::list: return value.items.size();
        case ValueKind::dict: return value.items.size() / 2;
        case ValueKind::many: return static_cast<std::uint64_t>(value.number);
    }
    return std::nullopt;
}

std::optional<std::string> as_text(const Value& value) {
    if (is_text(value)) return value.text;
    if (value.kind == ValueKind::integer) return std::to_string(value.number);
    return std::nullopt;
}

std::optional<Value> percent_format(const Value& format, const Value& arguments) {
    const std::vector<Value> all =
        arguments.kind == ValueKind::list ? arguments.items : std::vector<Value>{arguments};
    std::string out;
    std::size_t next = 0;
    std::string_view rest = format.text;
    while (!rest.empty()) {
        const auto sign = std::min(rest.find('%'), rest.size());
        out += rest.substr(0, sign);
        rest.remove_prefix(sign);
        if (rest.empty()) break;
        if (rest.size() < 2) return std::nullopt;
        const char kind = rest[1];
        rest.remove_prefix(2);
        if (kind == '%') {
            out += '%';
            continue;
        }
        if (next == all.size()) return std::nullopt;
        const Value& value = all[next++];
        const auto piece = as_text(value);
        if (!piece) return std::nullopt;
        if (kind == 'c' && value.kind == ValueKind::integer) {
            if (value.number < 0 || value.number > 0x10ffff) return std::nullopt;
            append_utf8(out, static_cast<std::uint32_t>(value.number));
        } else if (kind == 's' || kind == 'c' || kind == 'd') {
            out += *piece;
        } else {
            return std::nullopt;
        }
    }
    return text(std::move(out));
}

std::optional<Value> slice_of(const Value& value, Bounds bounds) {
    const auto items = items_of(value);
    if (!items) return std::nullopt;
    const auto size = static_cast<std::int64_t>(items->size());
    const bool forward = bounds.step > 0;
    const auto clamp = [&](std::int64_t at) {
        if (at < 0) at += size;
        return std::clamp<std::int64_t>(at, forward ? 0 : -1, forward ? size : size - 1);
    };
    std::int64_t at = bounds.first ? clamp(*bounds.first) : (forward ? 0 : size - 1);
    const std::int64_t last = bounds.last ? clamp(*bounds.last) : (forward ? size : -1);
    const std::int64_t step = std::clamp<std::int64_t>(bounds.step, -size - 1, size + 1);
    std::vector<Value> out;
    std::string characters;
    for (; forward ? at < last : at > last; at += step) {
        const Value& item = (*items)[static_cast<std::size_t>(at)];
        if (is_text(value)) {
            characters += item.text;
        } else {
            out.push_back(item);
        }
    }
    return is_text(value) ? text(std::move(characters)) : list(std::move(out));
}

std::optional<Value> apply_filter(std::string_view name, const Value& operand,
                                  Arguments arguments) {
    constexpr auto kSame =
        std::to_array<std::string_view>({"safe", "escape", "e", "forceescape", "default", "d"});
    if (std::find(kSame.begin(), kSame.end(), name) != kSame.end()) return operand;
    if (name == "string") {
        const auto printed = as_text(operand);
        return printed ? MaybeValue(text(*printed)) : std::nullopt;
    }
    if (name == "join") return joined_by(operand, arguments);
    if (name == "list") {
        auto items = items_of(operand);
        return items ? list(std::move(*items)) : std::nullopt;
    }
    if (name == "reverse") return reversed(operand);
    if (name == "first") return one_item(operand, false);
    if (name == "last") return one_item(operand, true);
    if (name == "length" || name == "count") {
        const auto size = length_of(operand);
        return size ? MaybeValue(integer(static_cast<std::int64_t>(*size))) : std::nullopt;
    }
    if (name == "format" && is_text(operand)) {
        auto all = list({arguments.begin(), arguments.end()});
        return all ? percent_format(operand, *all) : std::nullopt;
    }
    if (name == "trim" && is_text(operand)) {
        return text(stripped(operand.text, stripped_set(arguments), true, true));
    }
    return apply_either(name, operand, arguments);
}

std::optional<Value> apply_method(std::string_view name, const Value& operand,
                                  Arguments arguments) {
    if (!is_text(operand)) return std::nullopt;
    const std::string_view set = stripped_set(arguments);
    if (name == "strip") return text(stripped(operand.text, set, true, true));
    if (name == "lstrip") return text(stripped(operand.text, set, true, false));
    if (name == "rstrip") return text(stripped(operand.text, set, false, true));
    if (name == "swapcase") return text(swapped(operand.text));
    if (name == "casefold") return text(mapped(operand.text, lower));
    if (name == "format") return brace_format(operand, arguments);
    const bool one = arguments.size() == 1;
    const bool one_text = one && is_text(arguments[0]);
    if (name == "join" && one) return joined(arguments[0], operand.text);
    if (name == "split" && one_text) return split_at(operand.text, arguments[0].text);
    if (name == "removeprefix" && one_text) {
        const bool has = operand.text.starts_with(arguments[0].text);
        return text(operand.text.substr(has ? arguments[0].text.size() : 0));
    }
    if (name == "removesuffix" && one_text) {
        const bool has = operand.text.ends_with(arguments[0].text);
        return text(
            operand.text.substr(0, operand.text.size() - (has ? arguments[0].text.size() : 0)));
    }
    return apply_either(name, operand, arguments);
}

}  // namespace pratique::jinja
