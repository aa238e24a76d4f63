// What an expression can be, as far as the template alone says: a few values, "or something else".
// All sizes are bounded, whatever the template doubles: a text that is too long is only counted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pratique::jinja {

enum class ValueKind : std::uint8_t {
    integer,
    text,
    list,
    dict,  // items: key, value, key, value, …
    many,  // a text or list that is not kept: `number` characters or items
};

/// A copy recurses as deep as the value, no deeper than kDeepestValue.
struct Value {  // NOLINT(misc-no-recursion)
    ValueKind kind{};
    std::int64_t number = 0;
    std::string text = {};
    std::vector<Value> items = {};

    // NOLINTNEXTLINE(misc-no-recursion)
    friend bool operator==(const Value&, const Value&) = default;
};

inline constexpr std::size_t kMostOptions = 8;
inline constexpr std::size_t kLongestText = 1024;
inline constexpr std::size_t kMostParts = 256;  // of a list, those of its items counted
inline constexpr std::uint32_t kDeepestValue = 8;

Value integer(std::int64_t number);
/// A text, or how long it would be.
Value text(std::string text);
/// Nothing if it is too large to keep, or too deep.
std::optional<Value> list(std::vector<Value> items);
std::optional<Value> dict(std::vector<Value> items);
Value many(std::uint64_t count);

/// How much memory a value takes, in pieces of some hundred bytes.
std::size_t weight(const Value& value);

/// What a value is part of.
enum class Source : std::uint8_t {
    data,     // the conversation, constants, and what was made of them
    engine,   // an object of the template engine: loop, namespace, macro
    global,   // a name that the template does not define
    reached,  // whatever lies behind a name that is not known
};

struct Known {
    std::vector<Value> options;
    bool open = false;    // it may be something else, too
    bool built = false;   // put together by the template, so that it is not written anywhere
    bool marked = false;  // "__" went into it
    Source source = Source::data;
    std::string path;  // for people: `x.y[…]`

    void add(Value value);
    /// What is the same in all options, or nothing.
    const Value* only() const;
    friend bool operator==(const Known&, const Known&) = default;
};

Known known(Value value);
Known anything();
/// One or the other.
Known either(const Known& a, const Known& b);
std::size_t weight(const Known& known);

}  // namespace pratique::jinja
