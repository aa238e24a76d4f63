// Values that are one of several. A branch adds to what a name may stand for and takes nothing
// away, so that neither order nor a condition hides what is called in the end.
#include <algorithm>
#include <functional>

#include "scanner/checks/python/acts.h"
#include "scanner/checks/python/value.h"

namespace pratique::scanner {
namespace {

using Kind = Value::Kind;

/// Values of one choice; what is beyond is unknown, and marked as put together.
constexpr std::size_t kMostWays = 32;
/// Items of a list that grows.
constexpr std::size_t kMostItems = 1024;

}  // namespace

bool is_same(const Value& a, const Value& b) {
    if (a.kind != b.kind || a.marks != b.marks || a.statement != b.statement ||
        a.number != b.number) {
        return false;
    }
    if (a.parts == b.parts) return true;
    if (a.is(Kind::choice)) return std::ranges::equal(a.ways(), b.ways(), is_same);
    if (a.is_text()) return *a.text() == *b.text();
    return a.symbol() != nullptr && a.parts->symbol.form == b.parts->symbol.form &&
           a.dotted() == b.dotted() && a.parts->text == b.parts->text;
}

namespace {

/// What must not fall out of a full choice comes first.
int rank(const Value& value) {
    if (value.is(Kind::symbol) && act_of(value.dotted())) return 0;
    if (value.is_callable() || value.is(Kind::list)) return 1;
    return value.is(Kind::unknown) ? 3 : 2;
}

Value choice(std::vector<Value> ways, Marks marks) {
    if (ways.size() > kMostWays) {
        std::ranges::stable_sort(ways, {}, rank);
        ways.resize(kMostWays - 1);
        ways.push_back(unknown(marks | kComputed));
    }
    if (ways.size() == 1) {
        Value out = ways[0];
        out.marks |= marks;
        return out;
    }
    Value out = list_value(std::move(ways));
    out.kind = Kind::choice;
    out.marks |= marks;
    return out;
}

void add(std::vector<Value>& ways, const Value& value) {
    for (const Value& way : value.ways()) {
        const bool known =
            std::ranges::any_of(ways, [&](const Value& other) { return is_same(way, other); });
        if (!known) ways.push_back(way);
    }
}

}  // namespace

std::span<const Value> Value::ways() const {
    if (kind == Kind::choice) return parts->items;
    return {this, 1};
}

Value either(const Value& first, const Value& second) {
    const Marks marks = first.marks | second.marks;
    // To call what is unknown does nothing, so that it adds nothing to what can be called.
    const bool nothing =
        first.is(Kind::unknown) && (second.is(Kind::unknown) || second.ways()[0].is_callable());
    const bool no_more = second.is(Kind::unknown) && first.ways()[0].is_callable();
    if (nothing || no_more) {
        Value out = nothing ? second : first;
        out.marks |= marks;
        return out;
    }
    std::vector<Value> ways;
    add(ways, first);
    add(ways, second);
    return choice(std::move(ways), marks);
}

Value any_item(const Value& list) {
    std::vector<Value> ways;
    for (const Value& one : list.ways()) {
        for (const Value& item : one.items()) {
            // Of a long list of data all but the first items are alike.
            if (ways.size() > kMostWays && !item.is_callable()) continue;
            if (ways.size() < 2 * kMostWays || rank(item) == 0) add(ways, item);
        }
    }
    return ways.empty() ? unknown(list.marks) : choice(std::move(ways), list.marks);
}

// NOLINTNEXTLINE(misc-no-recursion): a choice holds none
Value with_item(const Value& list, const Value& item, std::string key) {
    if (list.is(Kind::choice)) {
        Value out;
        for (const Value& way : list.ways()) out = either(out, with_item(way, item, key));
        return out;
    }
    std::vector<Value> items = list.items();
    if (items.size() >= kMostItems) return unknown(list.marks | item.marks | kComputed);
    std::vector<std::string> keys;
    if (list.is(Kind::list)) keys = list.parts->keys;
    if (!keys.empty() || !key.empty()) {
        keys.resize(items.size());
        keys.push_back(std::move(key));
    }
    items.push_back(item);
    const Marks marks = list.marks;
    Value out = list_value(std::move(items), std::move(keys));
    out.marks |= marks;
    return out;
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kLongest
void print_key(const Value& value, std::string& out) {
    constexpr std::size_t kLongest = 4096;
    // What is too long to print is equal only to itself.
    const auto print_place = [&] {
        out += '@' + std::to_string(std::hash<const void*>{}(value.parts.get()));
    };
    out += static_cast<char>('a' + static_cast<int>(value.kind));
    out += std::to_string(value.marks) + "." + std::to_string(value.number) + "." +
           std::to_string(value.statement) + ".";
    if (const auto* text = value.text()) {
        if (text->size() > kLongest) return print_place();
        out += std::to_string(text->size()) + ":" + *text;
    } else if (value.symbol() != nullptr) {
        const std::string name = value.dotted() + " " + value.parts->text;
        out += std::to_string(name.size()) + ":" + name;
    } else if (value.parts != nullptr) {
        out += std::to_string(value.parts->items.size()) + "[";
        for (const Value& item : value.parts->items) {
            if (out.size() <= kLongest) print_key(item, out);
        }
        for (const std::string& name : value.parts->keys) {
            if (out.size() <= kLongest) out += std::to_string(name.size()) + ":" + name;
        }
        if (out.size() > kLongest) print_place();
        out += "]";
    }
}

}  // namespace pratique::scanner
