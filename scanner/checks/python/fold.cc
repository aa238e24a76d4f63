// Calls that only make a text, a number or a name out of others. Everything here is what payloads
// hide behind: what comes out is judged as if it had been written plainly.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "formats/archive/codec.h"
#include "scanner/checks/python/encoding.h"
#include "scanner/checks/python/value.h"

namespace pratique::scanner {
namespace {

using Kind = Value::Kind;

template <std::size_t N>
bool one_of(std::string_view name, const std::array<std::string_view, N>& names) {
    return std::ranges::find(names, name) != names.end();
}

/// Symbols that are asked for by a name.
Value looked_up(const std::string& callee, const Arguments& given) {
    constexpr auto kGetters = std::to_array<std::string_view>(
        {"builtins.getattr", "inspect.getattr_static", "builtins.object.__getattribute__"});
    constexpr auto kImports = std::to_array<std::string_view>(
        {"builtins.__import__", "importlib.import_module", "importlib.__import__",
         "importlib._bootstrap._gcd_import", "six._import_module"});
    const Value& first = given.at(0, "name");
    if (one_of(callee, kGetters)) {
        const auto* name = given.at(1).text();
        if (name == nullptr) return unknown(given.marks);
        Value out = fold_attribute(given.at(0), *name);
        out.marks |= given.marks;
        return out;
    }
    if (one_of(callee, kImports) && first.text() != nullptr) {
        const std::string& module = *first.text();
        const bool top = callee == "builtins.__import__" && given.at(3, "fromlist").items().empty();
        return module_value(top ? module.substr(0, module.find('.')) : module, given.marks);
    }
    if (callee == "builtins.vars" && first.symbol() != nullptr) {
        Symbol space = *first.symbol();
        space.form = Symbol::Form::space;
        return symbol_value(std::move(space), given.marks);
    }
    if (callee == "pydoc.locate" || callee == "pkgutil.resolve_name") {
        if (first.text() == nullptr) return unknown(given.marks);
        std::string name = *first.text();
        std::ranges::replace(name, ':', '.');
        const auto dot = name.rfind('.');
        Value module = module_value(name.substr(0, dot), given.marks);
        return dot == std::string::npos ? module : fold_attribute(module, name.substr(dot + 1));
    }
    if (callee == "functools.reduce" && given.at(0).dotted() == "builtins.getattr") {
        Value out = given.at(2);
        for (const Value& name : given.at(1).items()) {
            if (name.text() == nullptr) return unknown(given.marks);
            out = fold_attribute(out, *name.text());
        }
        return out;
    }
    // What gives back what it is given, or something that calls it.
    constexpr auto kWrappers = std::to_array<std::string_view>(
        {"builtins.classmethod", "builtins.property", "builtins.staticmethod",
         "contextlib.nullcontext", "copy.copy", "copy.deepcopy", "functools.cache",
         "functools.cached_property", "functools.lru_cache", "functools.partial",
         "functools.partialmethod", "functools.singledispatch", "weakref.ref"});
    if (one_of(callee, kWrappers) && given.at(0).is(Kind::symbol)) return given.at(0);
    if (callee == "functools.partial" && !given.positional.empty()) return given.at(0);
    return unknown(given.marks);
}

/// What attrgetter("name") and methodcaller("name") give for an object.
Value reached(const Symbol& getter, const Arguments& given) {
    if (getter.form == Symbol::Form::item_getter) {
        return fold_subscript(given.at(0), text_value(getter.name, false, 0), "");
    }
    return fold_attribute(given.at(0), getter.name);
}

/// Paths that are put together; `?` stands for what is not known.
Value path_of(std::string callee, const Arguments& given) {
    for (const std::string_view real : {"posixpath.", "ntpath."}) {
        if (callee.starts_with(real)) callee = "os.path." + callee.substr(real.size());
    }
    const auto known = [](const Value& value) {
        const bool path = value.is(Kind::result) && value.dotted() == "pathlib.Path";
        return value.text() != nullptr ? *value.text() : path ? value.parts->text : "?";
    };
    if (callee == "os.path.expanduser" || callee == "os.fspath" || callee == "os.path.abspath") {
        return given.at(0).is_text() ? given.at(0) : unknown(given.marks);
    }
    std::string out;
    if (callee == "pathlib.Path.home") out = "~";
    for (const Value& part : given.positional) out += (out.empty() ? "" : "/") + known(part);
    if (callee == "pathlib.Path" || callee == "pathlib.Path.home" ||
        callee == "pathlib.PosixPath") {
        return path_value(std::move(out), given.marks);
    }
    const bool joins =
        callee == "os.path.join" && !given.positional.empty() && given.positional.back().is_text();
    return joins ? text_value(std::move(out), false, given.marks | kComputed)
                 : unknown(given.marks);
}

/// Texts out of texts that hide them.
Value decoded(const std::string& callee, const Arguments& given) {
    const auto* first = given.at(0).text();
    const Marks marks = given.marks | kDecoded;
    constexpr auto kDecoders = std::to_array<std::string_view>(
        {"base64.", "binascii.a2b", "binascii.unhex", "zlib.decompress", "gzip.decompress",
         "bz2.decompress", "lzma.decompress", "codecs.decode", "codecs.getdecoder", "marshal.load",
         "builtins.bytes.fromhex", "builtins.bytearray.fromhex", "quopri.decode", "uu.decode"});
    // Of whatever cipher: `Fernet(key).decrypt(data)`.
    const bool decodes = callee.ends_with(".decrypt") ||
                         std::ranges::any_of(kDecoders, [&](std::string_view prefix) {
                             return callee.starts_with(prefix);
                         });
    if (!decodes || callee.find("encode") != std::string::npos) return unknown(given.marks);
    if (first == nullptr) return unknown(marks);
    if (auto out = decode_by(callee, *first, given.at(1, "encoding").text())) {
        return text_value(std::move(*out), true, marks | kComputed);
    }
    return unknown(marks);
}

std::optional<std::string> joined(const std::string& separator, const Value& list) {
    std::string out;
    for (const Value& item : list.items()) {
        if (item.text() == nullptr || out.size() > kMiB) return std::nullopt;
        if (&item != &list.items().front()) out += separator;
        out += *item.text();
    }
    return out;
}

/// bytes([104, 105]), bytearray(b"hi")
Value made_bytes(const Arguments& given) {
    const Value& first = given.at(0);
    if (first.is_text()) return text_value(*first.text(), true, given.marks);
    if (!first.is(Kind::list)) return unknown(given.marks);
    std::string out;
    for (const Value& item : first.items()) {
        if (!item.is(Kind::integer)) return unknown(given.marks | kDecoded);
        out += static_cast<char>(item.number & 0xff);
    }
    return text_value(std::move(out), true, given.marks | kDecoded | kComputed);
}

Value character(const Value& code, Marks marks) {
    if (!code.is(Kind::integer) || code.number <= 0 || code.number >= 0x110000) {
        return unknown(marks | kComputed);
    }
    std::string out;
    append_utf8(out, static_cast<std::uint32_t>(code.number));
    return text_value(std::move(out), false, marks | kDecoded | kComputed);
}

/// map(chr, [104, 105]) and its like, which join() then makes one text of.
Value mapped(const Arguments& given) {
    const Value& list = given.at(1);
    const std::string function = given.at(0).dotted();
    if (function != "builtins.chr" || !list.is(Kind::list)) return unknown(given.marks);
    std::vector<Value> out;
    for (const Value& item : list.items()) out.push_back(character(item, item.marks));
    return list_value(std::move(out));
}

Value built_in(const std::string& callee, const Arguments& given) {
    const Value& first = given.at(0);
    if (callee == "builtins.chr" || callee == "builtins.unichr") {
        return character(first, given.marks);
    }
    if (callee == "builtins.bytes" || callee == "builtins.bytearray") return made_bytes(given);
    if (callee == "builtins.str" || callee == "builtins.eval") {
        return first.is_text() && callee == "builtins.str"
                   ? text_value(*first.text(), false, given.marks)
                   : unknown(given.marks);
    }
    if (callee == "builtins.map") return mapped(given);
    if (callee == "builtins.list" || callee == "builtins.tuple" || callee == "builtins.iter") {
        return first.is(Kind::list) ? first : unknown(given.marks);
    }
    if (callee == "builtins.reversed") {
        if (first.is_text() || first.is(Kind::list)) return fold_subscript(first, {}, "::-1");
    }
    const bool dict = callee == "builtins.dict" || callee == "collections.OrderedDict";
    if (dict && !given.named.empty()) {
        Value out = first;
        for (const auto& [key, value] : given.named) out = with_item(out, value, key);
        return out;
    }
    if (callee == "builtins.next") return any_item(first);
    if (callee == "builtins.zip" || callee == "builtins.enumerate") {
        std::vector<Value> pair;
        if (callee == "builtins.enumerate") pair.emplace_back();
        for (const Value& list : given.positional) pair.push_back(any_item(list));
        return list_value({list_value(std::move(pair))});
    }
    if (callee == "builtins.ord" && first.text() != nullptr && first.text()->size() == 1) {
        return integer_value(static_cast<unsigned char>(first.text()->front()), given.marks);
    }
    return unknown(given.marks);
}

std::string replaced(const std::string& text, const std::string& from, const std::string& to) {
    std::string out;
    std::size_t at = 0;
    while (!from.empty() && out.size() <= kMiB) {
        const auto found = text.find(from, at);
        if (found == std::string::npos) break;
        out += text.substr(at, found - at) + to;
        at = found + from.size();
    }
    return out + text.substr(std::min(at, text.size()));
}

Value join(const Value& separator, const Value& list, Marks marks) {
    if (list.is_text()) return text_value(*list.text(), list.is(Kind::bytes), marks);
    if (auto out = joined(*separator.text(), list); out && list.is(Kind::list)) {
        return text_value(std::move(*out), separator.is(Kind::bytes), marks);
    }
    return unknown(marks);
}

/// text.decode(encoding), text.encode(encoding).
Value recoded(const Value& self, bool encodes, const Arguments& given) {
    const std::string& text = *self.text();
    const Marks marks = self.marks | given.marks;
    const auto* encoding = given.at(0, "encoding").text();
    if (auto out = decode_by("codecs.decode", text, encoding); out && encoding != nullptr) {
        return text_value(std::move(*out), false, marks | kComputed | kDecoded);
    }
    return text_value(text, encodes, marks);
}

/// Methods that leave a text what it was to whoever looks for names in it.
std::optional<std::string> reshaped(const std::string& text, std::string_view method,
                                    const Arguments& given) {
    if (method == "strip" || method == "lstrip" || method == "rstrip") return text;
    if (method == "lower" || method == "casefold") {
        std::string out = text;
        for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
        return out;
    }
    const bool holds_one = method == "format" && text == "{}" && given.positional.size() == 1;
    if (holds_one && given.at(0).is_text()) return *given.at(0).text();
    return std::nullopt;
}

/// Methods of texts.
Value method_of_text(const Value& self, std::string_view method, const Arguments& given) {
    const std::string& text = *self.text();
    const Marks marks = self.marks | given.marks | kComputed;
    if (method == "join") return join(self, given.at(0), marks);
    if (method == "decode" || method == "encode") return recoded(self, method == "encode", given);
    if (method == "replace" && given.at(0).is_text() && given.at(1).is_text()) {
        return text_value(replaced(text, *given.at(0).text(), *given.at(1).text()),
                          self.is(Kind::bytes), marks);
    }
    if (method == "translate") return unknown(marks | kDecoded);
    if (auto out = reshaped(text, method, given)) {
        return text_value(std::move(*out), self.is(Kind::bytes), marks);
    }
    return unknown(marks);
}

/// Methods of lists and dictionaries.
Value method_of_list(const Value& self, std::string_view method, const Arguments& given) {
    if (method == "get" || method == "pop" || method == "__getitem__" || method == "setdefault") {
        const Value* item = self.item(given.at(0));
        return item == nullptr ? any_item(self) : *item;
    }
    if (method == "__next__" || method == "popleft" || method == "popitem") return any_item(self);
    if (method == "values" || method == "copy" || method == "__iter__") return self;
    if (method == "items") return list_value({list_value({Value{}, any_item(self)})});
    return unknown(self.marks | given.marks);
}

}  // namespace

Value fold_call(const Value& callee, const Value& self, std::string_view method,
                const Arguments& arguments) {
    if (self.is_text()) return method_of_text(self, method, arguments);
    if (self.is(Kind::list)) return method_of_list(self, method, arguments);
    const Symbol* symbol = callee.symbol();
    const Marks marks = callee.marks | arguments.marks;
    if (symbol == nullptr) {
        const bool opens = method == "decrypt" || method == "b64decode" || method == "unhexlify";
        return unknown(opens ? marks | kDecoded : marks);
    }
    const std::string name = symbol->dotted();
    if (name == "builtins.globals" || name == "builtins.locals") return module_value("", marks);
    if (symbol->form == Symbol::Form::getter || symbol->form == Symbol::Form::item_getter ||
        symbol->form == Symbol::Form::method_caller) {
        return reached(*symbol, arguments);
    }
    constexpr auto kGetters = std::to_array<std::pair<std::string_view, Symbol::Form>>(
        {{"operator.attrgetter", Symbol::Form::getter},
         {"operator.itemgetter", Symbol::Form::item_getter},
         {"operator.methodcaller", Symbol::Form::method_caller}});
    for (const auto& [getter, form] : kGetters) {
        if (name != getter || arguments.at(0).text() == nullptr) continue;
        Symbol made;
        made.form = form;
        made.name = *arguments.at(0).text();
        return symbol_value(std::move(made), marks);
    }
    // functools.wraps(f)(g)
    if (callee.is(Kind::result) && name == "functools.wraps") return arguments.at(0);
    const Value path = path_of(name, arguments);
    if (!path.is(Kind::unknown)) return path;
    for (const Value& found :
         {looked_up(name, arguments), decoded(name, arguments), built_in(name, arguments)}) {
        if (!found.is(Kind::unknown) || found.has(kDecoded)) return found;
    }
    if (symbol->form == Symbol::Form::module) return unknown(marks);
    return symbol_value(*symbol, marks, Kind::result);
}

}  // namespace pratique::scanner
