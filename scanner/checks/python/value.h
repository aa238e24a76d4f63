// What an expression of Python source stands for, as far as that can be told without running it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "formats/python/tree.h"
#include "scanner/checks/pickle/names.h"

namespace pratique::scanner {

/// Where a value came from, which it keeps through whatever is done to it.
enum Mark : std::uint32_t {
    kDecoded = 1,     // out of an encoding, or put together from characters: hidden from a reader
    kNetwork = 2,     // fetched
    kFile = 4,        // read from a file
    kSecret = 8,      // tells of the machine: all of its environment, keys, who uses it
    kComputed = 16,   // a text that does not stand in the source as it is
    kWalk = 32,       // reached through the insides of Python: __globals__, __bases__
    kToken = 64,      // one variable of the environment, called like a key or a password
    kNoSource = 128,  // read from a file whose name is known and not that of a source
};
using Marks = std::uint32_t;

struct Value {
    enum class Kind : std::uint8_t {
        unknown,
        text,
        bytes,
        integer,
        list,      // of `items`: a list, a tuple, the values of a dictionary
        symbol,    // something imported or built in
        result,    // what calling `symbol` gave
        function,  // a def of this source: `statement`
        class_,    // a class of this source
        object,    // an instance of it
        choice,    // one of `items`: branches, loops and unknown indices leave it open which
    };
    struct Parts {
        std::string text;
        Symbol symbol;
        std::vector<Value> items;
        std::vector<std::string> keys;  // of a dictionary, beside its items
    };

    Kind kind = Kind::unknown;
    Marks marks = 0;
    python::Index statement = python::kNone;
    std::int64_t number = 0;
    std::shared_ptr<const Parts> parts;

    bool is(Kind other) const { return kind == other; }
    bool has(Mark mark) const { return (marks & mark) != 0; }
    bool is_text() const { return kind == Kind::text || kind == Kind::bytes; }
    const std::string* text() const { return is_text() ? &parts->text : nullptr; }
    const Symbol* symbol() const {
        return kind == Kind::symbol || kind == Kind::result ? &parts->symbol : nullptr;
    }
    /// Whether something happens when it is called.
    bool is_callable() const { return kind >= Kind::symbol && kind <= Kind::object; }
    const std::vector<Value>& items() const;
    /// All that it may be: itself, or the values of a choice.
    std::span<const Value> ways() const;
    /// The item of a dictionary by its key, or of a list by its number.
    const Value* item(const Value& key) const;
    /// "os.system"; empty for what is no symbol.
    std::string dotted() const;
};

Value unknown(Marks marks = 0);
Value text_value(std::string text, bool bytes, Marks marks);
Value integer_value(std::int64_t number, Marks marks = 0);
Value list_value(std::vector<Value> items, std::vector<std::string> keys = {});
Value symbol_value(Symbol symbol, Marks marks = 0, Value::Kind kind = Value::Kind::symbol);
Value module_value(std::string module, Marks marks = 0);
/// A pathlib.Path of this text; a `?` stands for parts that are not known.
Value path_value(std::string path, Marks marks = 0);
/// One variable of the environment.
Value variable_value(const Value& name);

/// Whether nothing tells them apart; lists are only equal to themselves.
bool is_same(const Value& a, const Value& b);
/// Either of the two, as branches leave it open. Of many, what can be called is kept longest.
Value either(const Value& first, const Value& second);
/// One of the items, whichever: what a loop binds, and what an unknown index finds.
Value any_item(const Value& list);
/// `list` with one more item, under `key` in a dictionary.
Value with_item(const Value& list, const Value& item, std::string key = {});
/// Tells apart arguments that a function was walked with; equal only for equal values.
void print_key(const Value& value, std::string& out);

/// What a call hands over.
struct Arguments {
    std::vector<Value> positional;
    std::vector<std::pair<std::string, Value>> named;
    Marks marks = 0;  // of all of them

    /// The argument of this place, or of this name; an unknown one if it is not given.
    const Value& at(std::size_t place, std::string_view name = {}) const;
};

/// What calling `callee` on constants gives, where that can be told: texts that are put together or
/// decoded, names that are looked up by other names. `self` is the object of a method.
Value fold_call(const Value& callee, const Value& self, std::string_view method,
                const Arguments& arguments);
/// `left op right` of constants.
Value fold_binary(std::string_view op, const Value& left, const Value& right);
/// `object.name`.
Value fold_attribute(const Value& object, const std::string& name);
/// `object[index]`; `slice` is the source of a slice.
Value fold_subscript(const Value& object, const Value& index, std::string_view slice);

}  // namespace pratique::scanner
