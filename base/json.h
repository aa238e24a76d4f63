// Strict JSON: what two readers could understand differently is refused. Duplicate keys, a byte
// order mark, NUL bytes, lone surrogates, NaN, comments and trailing text are errors; so is
// nesting beyond a fixed depth. The only file that knows RapidJSON is json.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace pratique::json {

class Value;
using Array = std::vector<Value>;
/// Members in the order of the text; keys are unique.
using Object = std::vector<std::pair<std::string, Value>>;

/// One JSON value. Integers that fit an int64 stay exact; every other number is a double.
/// A copy recurses as deep as the value; parse() bounds that.
class Value {  // NOLINT(misc-no-recursion)
public:
    Value() = default;
    template <class T>
    Value(T value) : data_(std::move(value)) {}  // NOLINT(*-explicit-*)

    template <class T>
    const T* as() const {
        return std::get_if<T>(&data_);
    }
    template <class T>
    T* as() {
        return std::get_if<T>(&data_);
    }
    /// The member `key` of an object, or null when there is none or this is no object.
    const Value* find(std::string_view key) const;
    bool is_null() const { return std::holds_alternative<std::monostate>(data_); }

private:
    std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> data_;
};

/// Parses one JSON text (RFC 8259). Errors carry the byte offset: bad_json, duplicate_key,
/// limit_depth (deeper than `depth`). Thread-safe; uses memory in proportion to the text.
Result<Value> parse(std::string_view text, std::uint32_t depth = 64);

/// One piece of a JSON text on its way by. In an object a key comes before each value.
enum class Token : std::uint8_t {
    null,
    boolean,
    number,
    string,
    key,
    begin_object,
    end_object,
    begin_array,
    end_array,
};

struct Event {
    Token token{};
    /// Numbers and booleans as they are written, strings and keys with escapes resolved. Gone
    /// after the visit.
    std::string_view text;
    /// Of a bracket; of anything else, of the first byte behind it.
    std::uint64_t offset = 0;
};

/// What goes along a JSON text without keeping it. An error ends the walk and is what it returns.
class Visitor {
public:
    Visitor() = default;
    Visitor(const Visitor&) = delete;
    Visitor& operator=(const Visitor&) = delete;
    virtual ~Visitor() = default;
    virtual Status visit(const Event& event) = 0;
};

/// As parse(), for texts that are too long for a tree, or whose numbers must be seen as they are
/// written. Whether a key occurs twice shows at the end of its object.
Status walk(std::string_view text, Visitor& visitor, std::uint32_t depth = 64);

/// Builds JSON text. Keys and strings must be UTF-8; anything else is a bug of the caller, who
/// runs what comes from files through escape() first.
class Writer {
public:
    Writer();
    ~Writer();
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    Writer& begin_object();
    Writer& end_object();
    Writer& begin_array();
    Writer& end_array();
    Writer& key(std::string_view name);
    Writer& string(std::string_view value);
    /// Text from a file: whoever parses the JSON gets it as it is, and who prints the JSON sees
    /// what escape() would show, as \\uXXXX. What is not UTF-8 is escaped first.
    Writer& verbatim(std::string_view value);
    Writer& verbatim_key(std::string_view name) { return verbatim(name); }
    Writer& number(std::uint64_t value);
    Writer& signed_number(std::int64_t value);
    /// NaN and the infinities, which JSON has not, become text.
    Writer& real(double value);
    Writer& boolean(bool value);
    Writer& null();
    /// The finished text, with a final line end.
    std::string take();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace pratique::json
