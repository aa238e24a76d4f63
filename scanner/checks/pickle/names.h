// What a value of a Program is called. A payload need not say "os.system" where it imports it:
// the name may be mapped from Python 2, reach through re-exports (`random._os.system`), be fetched
// by getattr, attrgetter, import_module or a module's dictionary, be bound by partial, or be put
// together from constants. Names takes all of that away, so that the rules are asked about what is
// really reached. It evaluates only such plumbing, and only on constants.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "formats/pickle/program.h"

namespace pratique::scanner {

/// A resolved name, and how it came about.
struct Symbol {
    enum class Form : std::uint8_t {
        unknown,        // the result of a call that is not understood, data, ...
        named,          // module + name: a function, class or other attribute
        module,         // a module itself; name is empty
        space,          // a module's or class's dictionary: vars(x), x.__dict__
        getter,         // attrgetter(name)
        item_getter,    // itemgetter(name)
        method_caller,  // methodcaller(name, ...)
        mapper,         // map, filter, ... : calls `module.name` when iterated
    };
    Form form = Form::unknown;
    std::string module;
    std::string name;        // dotted for attributes of attributes
    bool reflected = false;  // not spelt out by the import itself
    bool moved = false;      // a dotted name that left the module it began in

    bool is_known() const { return form == Form::named || form == Form::module; }
    /// "module.name", or "module" for a module.
    std::string dotted() const;
};

class Names {
public:
    explicit Names(const pickle::Program& program) : program_(program) {}

    /// What `value` is. Computed once per node.
    const Symbol& symbol(pickle::Value value);
    /// What calling the object node `made` calls: the callee, or the method of a method_caller.
    Symbol called(pickle::Value made);
    /// The two names of an import as they stand in the stream, when both are text (even if put
    /// together from constants).
    struct Spelling {
        std::string module;
        std::string name;
        bool escaped = false;   // spelt with escapes
        bool computed = false;  // put together by calls
    };
    std::optional<Spelling> spelling(pickle::Value global);
    /// Text of a constant, or of calls on constants that only make text: join, concat, decode, ...
    std::optional<std::string> text(pickle::Value value);
    /// Bytes of a constant, or of a Python 3 writer's `_codecs.encode(text, 'latin1')`.
    std::optional<std::string> bytes(pickle::Value value);

    /// `symbol` with the attribute chain `path` ("a.b") applied.
    static Symbol attribute(Symbol symbol, std::string_view path);

private:
    Symbol resolve(pickle::Value value);
    Symbol import_symbol(pickle::Value global);
    Symbol result(pickle::Value made);
    Symbol reflect(std::string_view callee, pickle::Value arguments);
    Symbol fetched(std::string_view callee, pickle::Value arguments);
    Symbol picked(pickle::Value arguments);
    static Symbol imported(std::string_view callee, const std::optional<std::string>& name);
    static Symbol type_named(const std::optional<std::string>& name);
    std::optional<std::string> compute_text(pickle::Value value);
    std::optional<std::string> joined(pickle::Value separator, pickle::Value list);

    const pickle::Program& program_;
    std::unordered_map<std::uint32_t, Symbol> symbols_;
    int depth_ = 0;
};

}  // namespace pratique::scanner
