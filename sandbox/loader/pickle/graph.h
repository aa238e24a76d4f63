// A pickle's Program as the graph of values that it would build. The machine wrote down *what
// would be called*; here the few callables that only build plain data are understood (known.h), and
// every other one becomes an inert object. Nothing is built in memory: a value stays a number, and
// its contents are looked up when somebody asks.
//
//      Program  ──contents()──►  sequence | mapping | object | leaf
//               ──known()────►   what the loader knows of an import
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/pickle/program.h"
#include "sandbox/loader/pickle/known.h"

namespace pratique::loader {

enum class Form : std::uint8_t { leaf, sequence, mapping, object };

/// What is inside a value.
struct Contents {
    Form form = Form::leaf;
    std::vector<pickle::Value> items;  ///< of a sequence; what was appended
    std::vector<std::pair<pickle::Value, pickle::Value>> pairs;  ///< of a mapping; what was set
    // Of an object:
    pickle::Value maker;      ///< the class or function
    pickle::Value arguments;  ///< a tuple, or absent
    pickle::Value keywords;   ///< a dict, or absent
    bool called = false;      ///< made by calling a function, not as an instance of a class
    std::vector<pickle::Value> states;
};

struct Name {
    std::string module;
    std::string name;
    std::string dotted() const { return module.empty() ? name : module + "." + name; }
};

class Graph {
public:
    explicit Graph(pickle::Program program);

    const pickle::Program& program() const { return program_; }
    pickle::Value root() const { return program_.root; }
    std::uint64_t at(pickle::Value value) const { return program_.at(value); }

    /// The name of an import by its Python 3 spelling; empty for a computed one.
    Name name_of(pickle::Value global) const;
    /// What is known of an import; `unknown` for anything else.
    KnownName known(pickle::Value value) const;
    /// The callable and its arguments, if `value` is the result of a call or construction; calls
    /// through copyreg's helpers are resolved.
    struct Call {
        pickle::Value callable;
        pickle::Value arguments;
        pickle::Value keywords;
        std::uint32_t skip = 0;  ///< leading arguments that are not the callable's
        bool by_class = false;   ///< class.__new__, not a function
    };
    std::optional<Call> call(pickle::Value value) const;

    Contents contents(pickle::Value value) const;
    /// The states that BUILD set, in order.
    std::vector<pickle::Value> states(pickle::Value value) const;
    /// True if items were put into `value` though it is no container of the pickle machine.
    bool has_items(pickle::Value value) const;

    // Constants, also where protocol 0 to 2 spell them by a call.
    std::optional<std::string> text(pickle::Value value) const;
    /// Whether text() is `wanted`.
    bool is_text(pickle::Value value, std::string_view wanted) const;
    /// Bytes: a view of the stream, or, for encode() calls, of memory that lives as long as this.
    /// Nothing for anything else, and for encoded text that is much more than the stream.
    std::optional<Bytes> bytes(pickle::Value value);
    std::optional<std::int64_t> integer(pickle::Value value) const {
        return program_.integer(value);
    }

    /// Where the joblib array starts whose wrapper was finished by the BUILD of `wrapper`, and
    /// the nested pickle that stands there instead, if it does.
    std::optional<pickle::RawArray> raw_array(pickle::Value wrapper) const;
    std::optional<std::size_t> nested_at(std::uint64_t begin) const;
    std::vector<pickle::Program>& nested() { return program_.nested; }

private:
    static constexpr std::uint32_t kNone = UINT32_MAX;

    void index_effects();
    void add_effects(pickle::Value value, Contents& out) const;
    Contents contents_of_call(pickle::Value value) const;
    Contents object_contents(const Call& made) const;
    std::optional<Bytes> encoded(pickle::Value text_constant);

    pickle::Program program_;
    std::vector<std::uint32_t> first_effect_;  ///< of a node: index of the first effect on it
    std::vector<std::uint32_t> next_effect_;
    mutable std::vector<std::optional<KnownName>> known_;  ///< of a node, once it was asked
    std::vector<std::vector<std::byte>> encoded_;
    std::uint64_t encoded_bytes_ = 0;
};

}  // namespace pratique::loader
