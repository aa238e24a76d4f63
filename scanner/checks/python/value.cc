#include "scanner/checks/python/value.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace pratique::scanner {
namespace {

using Kind = Value::Kind;

/// A text that is put together may not grow beyond this.
constexpr std::size_t kLongestText = kMiB;
/// Nor a list that is put together, nor a dictionary whose keys are known.
constexpr std::size_t kMostItems = 1024;

}  // namespace

const std::vector<Value>& Value::items() const {
    static const std::vector<Value> kNothing;
    return kind == Kind::list ? parts->items : kNothing;
}

const Value* Value::item(const Value& key) const {
    const auto& all = items();
    if (key.is(Kind::integer)) {
        const std::int64_t count = static_cast<std::int64_t>(all.size());
        const std::int64_t at = key.number < 0 ? key.number + count : key.number;
        if (at >= 0 && at < count) return &all[static_cast<std::size_t>(at)];
    }
    if (const auto* name = key.text(); name != nullptr && kind == Kind::list) {
        const auto found = std::ranges::find(parts->keys, *name);
        if (found != parts->keys.end()) {
            return &all[static_cast<std::size_t>(found - parts->keys.begin())];
        }
    }
    return nullptr;
}

std::string Value::dotted() const { return symbol() == nullptr ? "" : symbol()->dotted(); }

Value unknown(Marks marks) {
    Value out;
    out.marks = marks;
    return out;
}

Value text_value(std::string text, bool bytes, Marks marks) {
    if (text.size() > kLongestText) return unknown(marks);
    Value out = unknown(marks);
    out.kind = bytes ? Kind::bytes : Kind::text;
    out.parts = std::make_shared<Value::Parts>(Value::Parts{std::move(text), {}, {}, {}});
    return out;
}

Value integer_value(std::int64_t number, Marks marks) {
    Value out = unknown(marks);
    out.kind = Kind::integer;
    out.number = number;
    return out;
}

Value list_value(std::vector<Value> items, std::vector<std::string> keys) {
    Value out;
    for (const Value& item : items) out.marks |= item.marks;
    out.kind = Kind::list;
    if (keys.size() > kMostItems) keys.clear();
    out.parts =
        std::make_shared<Value::Parts>(Value::Parts{{}, {}, std::move(items), std::move(keys)});
    return out;
}

Value symbol_value(Symbol symbol, Marks marks, Kind kind) {
    const bool known = symbol.form != Symbol::Form::unknown;
    Value out = unknown(marks);
    if (!known) return out;
    out.kind = kind;
    out.parts = std::make_shared<Value::Parts>(Value::Parts{{}, std::move(symbol), {}, {}});
    return out;
}

Value module_value(std::string module, Marks marks) {
    Symbol symbol;
    symbol.form = Symbol::Form::module;
    symbol.module = std::move(module);
    return symbol_value(std::move(symbol), marks);
}

Value path_value(std::string path, Marks marks) {
    Value out = unknown(marks);
    out.kind = Kind::result;
    Symbol symbol;
    symbol.form = Symbol::Form::named;
    symbol.module = "pathlib";
    symbol.name = "Path";
    if (path.size() > kMiB) path.clear();
    out.parts =
        std::make_shared<Value::Parts>(Value::Parts{std::move(path), std::move(symbol), {}, {}});
    return out;
}

Value variable_value(const Value& name) {
    constexpr auto kWords = std::to_array<std::string_view>(
        {"TOKEN", "SECRET", "PASSW", "_KEY", "APIKEY", "CREDENTIAL", "AUTH"});
    const auto* text = name.text();
    const bool secret = text != nullptr && std::ranges::any_of(kWords, [&](std::string_view word) {
                            return text->find(word) != std::string::npos;
                        });
    return unknown(name.marks | (secret ? Marks{kToken} : Marks{0}));
}

const Value& Arguments::at(std::size_t place, std::string_view name) const {
    static const Value kMissing;
    if (place < positional.size()) return positional[place];
    for (const auto& [given, value] : named) {
        if (!name.empty() && given == name) return value;
    }
    return kMissing;
}

namespace {

/// Modules that reach far and have no namesakes: whatever module they are an attribute of imported
/// them, be it known or not.
bool is_lent(std::string_view name) {
    constexpr auto kNames = std::to_array<std::string_view>(
        {"builtins", "ctypes", "importlib", "marshal", "nt", "os", "pickle", "posix", "pty",
         "runpy", "shutil", "socket", "subprocess", "sys"});
    return std::ranges::find(kNames, name) != kNames.end();
}

}  // namespace

Value fold_attribute(const Value& object, const std::string& name) {
    const Symbol* symbol = object.symbol();
    if (symbol == nullptr) return unknown(object.marks);
    const std::string whole = object.dotted();
    const bool callable = object.is(Kind::symbol) && symbol->form == Symbol::Form::named;
    if (callable && (name == "__call__" || name == "__wrapped__" || name == "__func__")) {
        return object;
    }
    if (callable && name == "__self__") {  // the module of a function that is written in C
        return module_value(symbol->module, object.marks);
    }
    if (symbol->form == Symbol::Form::module && !symbol->module.empty() && symbol->module != name &&
        is_lent(name)) {
        return module_value(name, object.marks);
    }
    if (symbol->form == Symbol::Form::space) {
        // Methods of a module's dictionary are not what it holds.
        if (name == "get" || name == "pop" || name == "setdefault" || name == "__getitem__") {
            return object;
        }
    }
    // The environment as a whole is a secret; one variable of it is what programs ask for.
    Marks marks = object.marks;
    if (whole == "os.environ" && name == "get") marks &= ~Marks{kSecret};
    Value out = symbol_value(Names::attribute(*symbol, name), marks, object.kind);
    if (out.dotted() == "os.environ") out.marks |= kSecret;
    return out;
}

Value fold_subscript(const Value& object, const Value& index, std::string_view slice) {
    const Marks marks = object.marks | index.marks;
    if (const auto* text = object.text(); text != nullptr && !slice.empty()) {
        // Turned round: nobody writes a constant backwards but to hide it.
        if (slice.starts_with("::") && slice.ends_with("-1")) {
            return text_value(std::string(text->rbegin(), text->rend()), object.is(Kind::bytes),
                              marks | kDecoded | kComputed);
        }
        return unknown(marks | kComputed);
    }
    if (object.is(Kind::list) && slice.starts_with("::") && slice.ends_with("-1")) {
        std::vector<Value> items(object.items().rbegin(), object.items().rend());
        return list_value(std::move(items));
    }
    if (const Value* item = object.item(index)) return *item;
    if (object.is(Kind::list)) {
        Value out = any_item(object);
        out.marks |= marks;
        return out;
    }
    const Symbol* symbol = object.symbol();
    const auto* key = index.text();
    if (symbol == nullptr) return unknown(marks);
    const std::string dotted = symbol->dotted();
    if (dotted == "os.environ") return variable_value(index);
    if (key == nullptr) return unknown(marks);
    if (dotted == "sys.modules") return module_value(*key, index.marks);
    const bool space = symbol->form == Symbol::Form::space || dotted == "builtins";
    if (!space) return unknown(marks);
    Symbol whole = *symbol;
    whole.form = whole.name.empty() ? Symbol::Form::module : Symbol::Form::named;
    return symbol_value(Names::attribute(std::move(whole), *key), marks);
}

namespace {

std::string repeated(const std::string& text, std::int64_t count) {
    std::string out;
    for (std::int64_t i = 0; i < count && out.size() <= kLongestText; ++i) out += text;
    return out;
}

/// `"%s%s" % (a, b)`, with %s, %c, %d and %% only.
std::optional<std::string> percent(const std::string& format, const Value& right) {
    std::vector<Value> single = {right};
    const auto& values = right.is(Kind::list) ? right.items() : single;
    std::string out;
    std::size_t next = 0;
    for (std::size_t at = 0; at < format.size(); ++at) {
        if (format[at] != '%' || at + 1 == format.size()) {
            out += format[at];
            continue;
        }
        const char kind = format[++at];
        if (kind == '%') {
            out += '%';
        } else if (next < values.size() && (kind == 's' || kind == 'c') && values[next].is_text()) {
            out += *values[next++].text();
        } else if (next < values.size() && values[next].is(Kind::integer) &&
                   (kind == 'c' || kind == 'd' || kind == 's')) {
            const std::int64_t number = values[next++].number;
            if (kind == 'c' && number > 0 && number < 0x110000) {
                append_utf8(out, static_cast<std::uint32_t>(number));
            } else {
                out += std::to_string(number);
            }
        } else {
            return std::nullopt;
        }
        if (out.size() > kLongestText) return std::nullopt;
    }
    return out;
}

std::optional<std::int64_t> arithmetic(std::string_view op, std::int64_t a, std::int64_t b) {
    std::int64_t out = 0;
    if (op == "^") return a ^ b;
    if (op == "+" && !__builtin_add_overflow(a, b, &out)) return out;
    if (op == "-" && !__builtin_sub_overflow(a, b, &out)) return out;
    if (op == "*" && !__builtin_mul_overflow(a, b, &out)) return out;
    if (op == "//" && b > 0 && a >= 0) return a / b;
    if (op == "%" && b > 0 && a >= 0) return a % b;
    return std::nullopt;
}

}  // namespace

Value fold_binary(std::string_view op, const Value& left, const Value& right) {
    const Marks marks = left.marks | right.marks;
    const auto* a = left.text();
    const auto* b = right.text();
    if (op == "+" && a != nullptr && b != nullptr) {
        return text_value(*a + *b, left.is(Kind::bytes), marks | kComputed);
    }
    if (op == "+" && left.is(Kind::list) && right.is(Kind::list) &&
        left.items().size() < kMostItems) {
        std::vector<Value> items = left.items();
        items.insert(items.end(), right.items().begin(), right.items().end());
        return list_value(std::move(items));
    }
    if (op == "*" && a != nullptr && right.is(Kind::integer)) {
        return text_value(repeated(*a, right.number), left.is(Kind::bytes), marks | kComputed);
    }
    if (op == "%" && a != nullptr) {
        if (auto filled = percent(*a, right)) {
            return text_value(std::move(*filled), false, marks | kComputed);
        }
    }
    if (left.is(Kind::integer) && right.is(Kind::integer)) {
        if (const auto number = arithmetic(op, left.number, right.number)) {
            return integer_value(*number, marks);
        }
    }
    // `and` and `or` give one of the two.
    if (op == "or" || op == "and") {
        Value out = op == "and" && !left.is_callable() ? right : either(left, right);
        out.marks |= marks;
        return out;
    }
    // `Path(a) / b`: the way goes on.
    if (op == "/" && left.symbol() != nullptr && left.dotted() == "pathlib.Path") {
        return path_value(left.parts->text + "/" + (b == nullptr ? "?" : *b), marks);
    }
    return unknown(marks);
}

}  // namespace pratique::scanner
