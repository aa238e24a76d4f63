#include "scanner/checks/pickle/names.h"

#include <algorithm>
#include <array>

#include "rules/rules.h"

namespace pratique::scanner {
namespace {

using pickle::Kind;
using pickle::Value;

/// Chains of reflection longer than this stay unknown, which is a finding by itself.
constexpr int kDeepest = 48;
/// Text that is put together may not grow beyond this.
constexpr std::size_t kLongestText = 1 << 16;

bool one_of(std::string_view name, std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// The module that `attribute` of `module` is. "os.path" is a module that os lends, too.
std::optional<std::string_view> lent(std::string_view module, std::string_view attribute) {
    if (const auto target = rules::reexport(module, attribute)) return target;
    const auto dot = module.rfind('.');
    if (dot == std::string_view::npos) return std::nullopt;
    const auto real = rules::reexport(module.substr(0, dot), module.substr(dot + 1));
    return real && *real != module ? rules::reexport(*real, attribute) : std::nullopt;
}

bool is_getattr(std::string_view callee) {
    return one_of(callee, {"builtins.getattr", "inspect.getattr_static",
                           "operator.__getattribute__", "builtins.object.__getattribute__",
                           "dill._dill._get_attr", "dill.dill._get_attr"});
}

bool is_import(std::string_view callee) {
    return one_of(callee, {"importlib.import_module", "builtins.__import__", "importlib.__import__",
                           "importlib._bootstrap._gcd_import", "cloudpickle.cloudpickle.subimport",
                           "dill._dill._import_module", "dill.dill._import_module", "pydoc.locate",
                           "pkgutil.resolve_name"});
}

bool is_type_lookup(std::string_view callee) {
    return one_of(callee, {"cloudpickle.cloudpickle._builtin_type", "dill._dill._load_type",
                           "dill.dill._load_type", "cloudpickle._builtin_type"});
}

bool is_get_item(std::string_view callee) {
    return one_of(callee, {"operator.getitem", "_operator.getitem", "operator.__getitem__",
                           "builtins.dict.__getitem__", "builtins.dict.get"});
}

bool is_mapper(std::string_view callee) {
    return one_of(callee, {"builtins.map", "builtins.filter", "itertools.starmap",
                           "itertools.takewhile", "itertools.dropwhile", "itertools.filterfalse",
                           "itertools.accumulate", "functools.reduce", "itertools.groupby"});
}

}  // namespace

std::string Symbol::dotted() const { return name.empty() ? module : module + "." + name; }

Symbol Names::attribute(Symbol symbol, std::string_view path) {
    if (!symbol.is_known() && symbol.form != Symbol::Form::space) return {};
    while (!path.empty()) {
        const auto dot = path.find('.');
        const std::string_view part = path.substr(0, dot);
        path = dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1);
        const auto target =
            symbol.form == Symbol::Form::module ? lent(symbol.module, part) : std::nullopt;
        if (part == "__dict__" && path.empty()) {
            symbol.form = Symbol::Form::space;
        } else if (target) {
            symbol.module = *target;
            symbol.moved = true;
        } else {
            symbol.name += (symbol.name.empty() ? "" : ".") + std::string(part);
            symbol.form = Symbol::Form::named;
        }
    }
    return symbol;
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kDeepest
const Symbol& Names::symbol(Value value) {
    static const Symbol kUnknown;
    if (!value.is_node() || value.kind() < Kind::global) return kUnknown;
    const auto found = symbols_.find(value.index());
    if (found != symbols_.end()) return found->second;
    if (depth_ >= kDeepest) return kUnknown;
    ++depth_;
    Symbol resolved = resolve(value);
    --depth_;
    return symbols_.emplace(value.index(), std::move(resolved)).first->second;
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kDeepest
Symbol Names::resolve(Value value) {
    if (value.kind() == Kind::global) return import_symbol(value);
    if (value.kind() == Kind::object) return result(value);
    return {};
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kDeepest
std::optional<Names::Spelling> Names::spelling(Value global) {
    const auto parts = program_.items(global);
    Spelling out;
    if (parts.empty()) {
        const std::uint64_t at = program_.at(global);
        const auto in = pickle::Decoder(from(program_.stream, at), at).next();
        if (!in) return std::nullopt;
        out.module = pratique::text(in->first);
        out.name = pratique::text(in->second);
        return out;
    }
    const auto module = text(parts[0]);
    const auto name = text(parts[1]);
    if (!module || !name) return std::nullopt;
    out.module = *module;
    out.name = *name;
    for (const Value part : {parts[0], parts[1]}) {
        const auto in = program_.instruction(part);
        out.computed = out.computed || !in;
        out.escaped =
            out.escaped || (in && pratique::text(in->first).find('\\') != std::string_view::npos);
    }
    return out;
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kDeepest
Symbol Names::import_symbol(Value global) {
    const auto spelt = spelling(global);
    if (!spelt) return {};
    const std::uint8_t protocol = program_[global].protocol;
    std::string_view module = spelt->module;
    std::string_view name = spelt->name;
    if (protocol < 3) std::tie(module, name) = rules::python3_name(module, name);
    Symbol start;
    start.form = Symbol::Form::module;
    start.module = module;
    start.reflected = spelt->computed;
    // Below protocol 4 a dot is a character of the name; nothing is called so, but the attribute
    // of a re-exported module can still be meant.
    Symbol symbol = attribute(std::move(start), name);
    symbol.moved = symbol.moved && name.find('.') != std::string_view::npos;
    return symbol;
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kDeepest
Symbol Names::result(Value made) {
    const Symbol callee = symbol(program_.item(made, 0));
    const Value arguments = program_.item(made, 1);
    Symbol out;
    if (callee.form == Symbol::Form::getter || callee.form == Symbol::Form::item_getter) {
        out = attribute(symbol(program_.item(arguments, 0)), callee.name);
        if (out.form == Symbol::Form::space) out.form = Symbol::Form::unknown;
    } else if (callee.form == Symbol::Form::named) {
        out = reflect(callee.dotted(), arguments);
    }
    out.reflected = true;
    return out;
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kDeepest
Symbol Names::reflect(std::string_view callee, Value arguments) {
    const Value first = program_.item(arguments, 0);
    if (is_getattr(callee)) return fetched(callee, arguments);
    if (is_get_item(callee)) return picked(arguments);
    if (is_import(callee)) return imported(callee, text(first));
    if (is_type_lookup(callee)) return type_named(text(first));
    if (one_of(callee, {"functools.partial", "functools.partialmethod"})) return symbol(first);
    Symbol out;
    if (callee == "builtins.vars") {
        out = symbol(first);
        if (out.is_known()) out.form = Symbol::Form::space;
    } else if (is_mapper(callee)) {
        out = symbol(first);
        out.form = out.is_known() ? Symbol::Form::mapper : Symbol::Form::unknown;
    } else {
        const bool getter = callee.ends_with("operator.attrgetter");
        const bool items = callee.ends_with("operator.itemgetter");
        if (!getter && !items && !callee.ends_with("operator.methodcaller")) return out;
        out.name = text(first).value_or("");
        if (out.name.empty()) return out;
        out.form = getter  ? Symbol::Form::getter
                   : items ? Symbol::Form::item_getter
                           : Symbol::Form::method_caller;
    }
    return out;
}

/// getattr(object, name).
// NOLINTNEXTLINE(misc-no-recursion): bounded by kDeepest
Symbol Names::fetched(std::string_view callee, Value arguments) {
    const Value object = program_.item(arguments, 0);
    const auto name = text(program_.item(arguments, 1));
    if (!name) return {};
    // dill's _get_attr takes a module by name, too.
    const auto module = callee.starts_with("dill.") ? text(object) : std::nullopt;
    if (!module) return attribute(symbol(object), *name);
    Symbol start;
    start.form = Symbol::Form::module;
    start.module = *module;
    return attribute(std::move(start), *name);
}

/// import_module(name); locate(name) and resolve_name(name) go on to an attribute.
Symbol Names::imported(std::string_view callee, const std::optional<std::string>& name) {
    Symbol out;
    if (!name) return out;
    out.form = Symbol::Form::module;
    if (callee == "builtins.__import__") {
        out.module = name->substr(0, name->find('.'));
    } else if (callee == "pydoc.locate" || callee == "pkgutil.resolve_name") {
        // "a.b:c.d", or all dots: then the last part is the attribute.
        const auto colon = name->find(':');
        const auto cut = colon != std::string::npos ? colon : name->rfind('.');
        out.module = name->substr(0, cut);
        if (cut != std::string::npos) return attribute(std::move(out), name->substr(cut + 1));
    } else {
        out.module = *name;
    }
    return out;
}

/// cloudpickle's and dill's names of the types that code is made of: both look into `types`, and
/// what is not there is a builtin.
Symbol Names::type_named(const std::optional<std::string>& name) {
    Symbol out;
    if (!name) return out;
    out.form = Symbol::Form::named;
    out.module = name->ends_with("Type") ? "types" : "builtins";
    out.name = *name;
    return out;
}

/// getitem(container, key): of a namespace, or of sys.modules.
// NOLINTNEXTLINE(misc-no-recursion): bounded by kDeepest
Symbol Names::picked(Value arguments) {
    Symbol out = symbol(program_.item(arguments, 0));
    const auto key = text(program_.item(arguments, 1));
    if (!key) return {};
    if (out.dotted() == "sys.modules") {
        out = {};
        out.form = Symbol::Form::module;
        out.module = *key;
        return out;
    }
    if (out.form != Symbol::Form::space) return {};
    out.form = out.name.empty() ? Symbol::Form::module : Symbol::Form::named;
    return attribute(std::move(out), *key);
}

Symbol Names::called(Value made) {
    const Symbol& callee = symbol(program_.item(made, 0));
    if (callee.form != Symbol::Form::method_caller) return callee;
    const Value target = program_.item(program_.item(made, 1), 0);
    Symbol out = attribute(symbol(target), callee.name);
    out.reflected = true;
    return out;
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kDeepest
std::optional<std::string> Names::text(Value value) {
    if (auto constant = program_.text(value)) return constant;
    if (value.kind() != Kind::object || depth_ >= kDeepest) return std::nullopt;
    ++depth_;
    auto computed = compute_text(value);
    --depth_;
    if (computed && computed->size() > kLongestText) return std::nullopt;
    return computed;
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kDeepest
std::optional<std::string> Names::compute_text(Value value) {
    const std::string callee = symbol(program_.item(value, 0)).dotted();
    const Value arguments = program_.item(value, 1);
    const Value first = program_.item(arguments, 0);
    const Value second = program_.item(arguments, 1);
    if (one_of(callee, {"builtins.str", "builtins.str.lower", "builtins.str.strip", "sys.intern",
                        "builtins.format"})) {
        auto out = text(first);
        if (out && callee == "builtins.str.lower") {
            for (char& c : *out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
        }
        return out;
    }
    if (one_of(callee, {"operator.add", "_operator.add", "operator.concat", "_operator.concat",
                        "builtins.str.__add__", "operator.iadd"})) {
        const auto a = text(first);
        const auto b = text(second);
        return a && b ? std::optional(*a + *b) : std::nullopt;
    }
    if (callee == "builtins.str.join") return joined(first, second);
    if (one_of(callee, {"_codecs.decode", "codecs.decode", "builtins.bytes.decode"})) {
        return bytes(first);
    }
    if (callee == "builtins.chr") {
        const auto code = program_.integer(first);
        if (code && *code > 0 && *code < 128) return std::string(1, static_cast<char>(*code));
    }
    return std::nullopt;
}

/// separator.join(list).
// NOLINTNEXTLINE(misc-no-recursion): bounded by kDeepest
std::optional<std::string> Names::joined(Value separator, Value list) {
    const auto between = text(separator);
    const auto parts = program_.items(list);
    // Of a folded list not all parts are there.
    if (!between || !list.is_node() || program_[list].total != parts.size()) return std::nullopt;
    std::string out;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto piece = text(parts[i]);
        if (!piece || out.size() > kLongestText) return std::nullopt;
        out += (i == 0 ? "" : *between) + *piece;
    }
    return out;
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kDeepest
std::optional<std::string> Names::bytes(Value value) {
    if (const auto constant = program_.bytes(value)) {
        return std::string(pratique::text(*constant));
    }
    if (value.kind() != Kind::object) return std::nullopt;
    const std::string callee = symbol(program_.item(value, 0)).dotted();
    const Value arguments = program_.item(value, 1);
    if (callee != "_codecs.encode" && callee != "codecs.encode") {
        // bytearray(b"...") and BytesIO(b"...") hold what they are given.
        if (!one_of(callee,
                    {"builtins.bytearray", "builtins.bytes", "_io.BytesIO", "io.BytesIO"})) {
            return std::nullopt;
        }
        if (depth_ >= kDeepest) return std::nullopt;
        ++depth_;
        auto held = bytes(program_.item(arguments, 0));
        --depth_;
        return held;
    }
    const auto characters = program_.text(program_.item(arguments, 0));
    if (!characters) return std::nullopt;
    std::string out;
    for (std::size_t i = 0; i < characters->size(); ++i) {
        const auto lead = static_cast<unsigned char>((*characters)[i]);
        if (lead < 0x80) {
            out += static_cast<char>(lead);
        } else if ((lead == 0xc2 || lead == 0xc3) && i + 1 < characters->size()) {
            out += static_cast<char>((lead & 3) << 6 | ((*characters)[++i] & 0x3f));
        } else {
            return std::nullopt;  // no Latin-1 character
        }
    }
    return out;
}

}  // namespace pratique::scanner
