#include "formats/jinja/value.h"

#include <algorithm>

namespace pratique::jinja {
namespace {

struct Size {
    std::size_t parts = 1;
    std::uint32_t depth = 1;
};

// NOLINTNEXTLINE(misc-no-recursion): values are no deeper than kDeepestValue
Size measure(const Value& value) {
    Size out;
    out.parts += value.text.size() / 64;
    for (const Value& item : value.items) {
        const Size size = measure(item);
        out.parts += size.parts;
        out.depth = std::max(out.depth, size.depth + 1);
    }
    return out;
}

std::optional<Value> collection(ValueKind kind, std::vector<Value> items) {
    Value out{.kind = kind, .items = std::move(items)};
    const Size size = measure(out);
    if (size.parts > kMostParts || size.depth > kDeepestValue) return std::nullopt;
    return out;
}

}  // namespace

Value integer(std::int64_t number) { return {.kind = ValueKind::integer, .number = number}; }

Value text(std::string text) {
    if (text.size() > kLongestText) return many(text.size());
    return {.kind = ValueKind::text, .text = std::move(text)};
}

std::optional<Value> list(std::vector<Value> items) {
    return collection(ValueKind::list, std::move(items));
}

std::optional<Value> dict(std::vector<Value> items) {
    return collection(ValueKind::dict, std::move(items));
}

Value many(std::uint64_t count) {
    return {.kind = ValueKind::many,
            .number = static_cast<std::int64_t>(std::min<std::uint64_t>(count, INT64_MAX))};
}

std::size_t weight(const Value& value) { return measure(value).parts; }

void Known::add(Value value) {
    if (std::find(options.begin(), options.end(), value) != options.end()) return;
    if (options.size() == kMostOptions) {
        open = true;
        return;
    }
    options.push_back(std::move(value));
}

const Value* Known::only() const {
    return !open && options.size() == 1 ? &options.front() : nullptr;
}

Known known(Value value) {
    Known out;
    out.options.push_back(std::move(value));
    return out;
}

Known anything() {
    Known out;
    out.open = true;
    return out;
}

Known either(const Known& a, const Known& b) {
    Known out = a;
    for (const Value& option : b.options) out.add(option);
    out.open |= b.open;
    out.built |= b.built;
    out.marked |= b.marked;
    if (out.source == Source::data) {
        out.source = b.source;
        out.path = b.path;
    }
    return out;
}

std::size_t weight(const Known& known) {
    std::size_t out = 1;
    for (const Value& option : known.options) out += weight(option);
    return out;
}

}  // namespace pratique::jinja
