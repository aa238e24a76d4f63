#include "formats/jinja/fold.h"

#include <algorithm>
#include <functional>

#include "formats/jinja/text_functions.h"

namespace pratique::jinja {
namespace {

using MaybeValue = std::optional<Value>;

/// Whether a piece of text is what names of Python's internals begin and end with.
bool is_mark(const Value& value) {
    return value.kind == ValueKind::text &&
           (value.text == "_" || value.text.find("__") != std::string::npos);
}

/// What follows from the operands however they are combined.
Known result_of(Operands operands) {
    Known out;
    out.built = true;
    for (const Known& operand : operands) {
        out.marked |=
            operand.marked || std::any_of(operand.options.begin(), operand.options.end(), is_mark);
        out.open |= operand.open;
    }
    return out;
}

/// Applies `one` to every combination of the operands' options, as far as there is room.
Known combined(Operands operands, const std::function<MaybeValue(std::span<const Value>)>& one) {
    Known out = result_of(operands);
    std::vector<std::vector<Value>> rows = {{}};
    for (const Known& operand : operands) {
        std::vector<std::vector<Value>> longer;
        for (const auto& row : rows) {
            for (const Value& option : operand.options) {
                if (longer.size() == kMostOptions) out.open = true;
                if (longer.size() == kMostOptions) break;
                longer.push_back(row);
                longer.back().push_back(option);
            }
        }
        rows = std::move(longer);
    }
    for (const auto& row : rows) {
        auto value = one(row);
        if (value) {
            out.add(std::move(*value));
        } else {
            out.open = true;
        }
    }
    if (rows.empty()) out.open = true;
    return out;
}

MaybeValue multiplied(const Value& a, const Value& b) {
    if (a.kind == ValueKind::integer && b.kind == ValueKind::integer) {
        std::int64_t product = 0;
        if (__builtin_mul_overflow(a.number, b.number, &product)) return std::nullopt;
        return integer(product);
    }
    const Value& whole = a.kind == ValueKind::integer ? b : a;
    const Value& times = a.kind == ValueKind::integer ? a : b;
    if (times.kind != ValueKind::integer) return std::nullopt;
    const auto count = static_cast<std::uint64_t>(std::max<std::int64_t>(times.number, 0));
    const auto size = length_of(whole);
    if (!size) return std::nullopt;
    std::uint64_t total = 0;
    if (__builtin_mul_overflow(*size, count, &total)) total = INT64_MAX;
    if (whole.kind != ValueKind::text || total > kLongestText) return many(total);
    std::string out;
    for (std::uint64_t i = 0; i < count; ++i) out += whole.text;
    return text(std::move(out));
}

/// 2 ** 100 is a number, 9 ** 999999999 keeps a processor busy for good.
MaybeValue power(std::int64_t base, std::int64_t exponent) {
    if (exponent < 0) return std::nullopt;
    if (exponent > 4096) {
        if (base >= -1 && base <= 1) return std::nullopt;
        return many(static_cast<std::uint64_t>(exponent));  // digits, about
    }
    std::int64_t out = 1;
    for (std::int64_t i = 0; i < exponent; ++i) {
        if (__builtin_mul_overflow(out, base, &out)) return integer(INT64_MAX);
    }
    return integer(out);
}

MaybeValue arithmetic(std::string_view sign, const Value& a, const Value& b) {
    if (sign == "*") return multiplied(a, b);
    if (sign == "%" && a.kind == ValueKind::text) return percent_format(a, b);
    if (sign == "+" && a.kind == ValueKind::text && b.kind == ValueKind::text) {
        return text(a.text + b.text);
    }
    if (sign == "+" && a.kind == ValueKind::list && b.kind == ValueKind::list) {
        std::vector<Value> all = a.items;
        all.insert(all.end(), b.items.begin(), b.items.end());
        return list(std::move(all));
    }
    if (sign == "+" && (a.kind == ValueKind::many || b.kind == ValueKind::many)) {
        const auto size = [](const Value& v) { return length_of(v).value_or(0); };
        std::uint64_t sum = 0;
        return many(__builtin_add_overflow(size(a), size(b), &sum) ? INT64_MAX : sum);
    }
    if (a.kind != ValueKind::integer || b.kind != ValueKind::integer) return std::nullopt;
    std::int64_t out = 0;
    if (sign == "+" && !__builtin_add_overflow(a.number, b.number, &out)) return integer(out);
    if (sign == "-" && !__builtin_sub_overflow(a.number, b.number, &out)) return integer(out);
    if (sign == "**") return power(a.number, b.number);
    // As Python has it for what is not negative; C++ rounds the others the other way.
    const bool plain = a.number >= 0 && b.number > 0;
    if (sign == "//" && plain) return integer(a.number / b.number);
    if (sign == "%" && plain) return integer(a.number % b.number);
    return std::nullopt;
}

MaybeValue item_of(const Value& base, const Value& key) {
    if (base.kind == ValueKind::dict) {
        for (std::size_t i = 0; i + 1 < base.items.size(); i += 2) {
            if (base.items[i] == key) return base.items[i + 1];
        }
        return std::nullopt;
    }
    if (key.kind != ValueKind::integer) return std::nullopt;
    const auto items = items_of(base);
    if (!items) return std::nullopt;
    const auto size = static_cast<std::int64_t>(items->size());
    const std::int64_t at = key.number < 0 ? key.number + size : key.number;
    if (at < 0 || at >= size) return std::nullopt;
    return (*items)[static_cast<std::size_t>(at)];
}

/// A bound that is given and not known makes the slice open.
std::optional<std::int64_t> bound(const std::optional<Known>& known, bool& open) {
    if (!known) return std::nullopt;
    const Value* value = known->only();
    if (value != nullptr && value->kind == ValueKind::integer) return value->number;
    open = true;
    return std::nullopt;
}

}  // namespace

Known concatenated(Operands operands) {
    Known out = result_of(operands);
    out.add(text(""));
    for (const Known& operand : operands) {
        const Known left = out;
        out.options.clear();
        const Known both[] = {left, operand};
        const Known joined = combined(both, [](std::span<const Value> v) -> MaybeValue {
            if (v[0].kind == ValueKind::many || v[1].kind == ValueKind::many) {
                return arithmetic("+", v[0], v[1]);
            }
            const auto a = as_text(v[0]);
            const auto b = as_text(v[1]);
            if (!a || !b) return std::nullopt;
            return text(*a + *b);
        });
        out.options = joined.options;
        out.open |= joined.open;
    }
    return out;
}

Known computed(std::string_view sign, const Known& a, const Known& b) {
    const Known both[] = {a, b};
    return combined(both, [&](std::span<const Value> v) { return arithmetic(sign, v[0], v[1]); });
}

Known item(const Known& base, const Known& key) {
    const Known both[] = {base, key};
    Known out = combined(both, [](std::span<const Value> v) { return item_of(v[0], v[1]); });
    return out;
}

Known sliced(const Known& base, const SliceParts& parts) {
    bool open = false;
    Bounds bounds;
    bounds.first = bound(parts[0], open);
    bounds.last = bound(parts[1], open);
    bounds.step = bound(parts[2], open).value_or(1);
    const Known one[] = {base};
    if (open || bounds.step == 0) {
        Known out = result_of(one);
        out.open = true;
        return out;
    }
    return combined(one, [&](std::span<const Value> v) { return slice_of(v[0], bounds); });
}

Known filtered(std::string_view name, Operands operands) {
    return combined(
        operands, [&](std::span<const Value> v) { return apply_filter(name, v[0], v.subspan(1)); });
}

Known called(std::string_view name, Operands operands) {
    return combined(
        operands, [&](std::span<const Value> v) { return apply_method(name, v[0], v.subspan(1)); });
}

Known any_item(const Known& iterable) {
    const Known one[] = {iterable};
    Known out = result_of(one);
    out.built = iterable.built;
    for (const Value& option : iterable.options) {
        const auto items = items_of(option);
        if (!items) out.open = true;
        if (!items) continue;
        for (const Value& each : *items) out.add(each);
    }
    if (iterable.source == Source::reached) out.source = Source::reached;
    return out;
}

std::optional<std::vector<Value>> items_of(const Value& iterable) {
    std::vector<Value> out;
    switch (iterable.kind) {
        case ValueKind::list: return iterable.items;
        case ValueKind::dict:
            for (std::size_t i = 0; i < iterable.items.size(); i += 2) {
                out.push_back(iterable.items[i]);
            }
            return out;
        case ValueKind::text:
            if (iterable.text.size() > kMostParts) return std::nullopt;
            for (std::string& character : characters(iterable.text)) {
                out.push_back(text(std::move(character)));
            }
            return out;
        case ValueKind::integer:
        case ValueKind::many: return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace pratique::jinja
