#include "scanner/checks/pickle/print.h"

#include <array>
#include <bit>
#include <charconv>

#include "base/text.h"

namespace pratique::scanner {
namespace {

using pickle::Kind;
using pickle::Program;
using pickle::Value;

constexpr int kDeepest = 6;
constexpr std::size_t kMostItems = 12;
constexpr std::size_t kLongestText = 80;

class Printer {
public:
    Printer(Names& names, const Program& program, std::size_t limit)
        : names_(names), program_(program), limit_(limit) {}

    std::string take() && { return std::move(out_); }

    // NOLINTNEXTLINE(misc-no-recursion): bounded by kDeepest
    void value(Value value, int depth) {
        if (out_.size() > limit_ || depth > kDeepest) {
            if (!out_.ends_with("…")) out_ += "…";
            return;
        }
        switch (value.kind()) {
            case Kind::absent: out_ += "?"; break;
            case Kind::none: out_ += "None"; break;
            case Kind::boolean: boolean(value); break;
            case Kind::integer: integer(value); break;
            case Kind::real: real(value); break;
            case Kind::bytes:
            case Kind::bytearray: bytes(value); break;
            case Kind::text: text(value); break;
            case Kind::tuple: items("(", ")", value, depth); break;
            case Kind::list: items("[", "]", value, depth); break;
            case Kind::set:
            case Kind::frozenset: items("{", "}", value, depth); break;
            case Kind::dict: dictionary(value, depth); break;
            case Kind::global: out_ += global(value); break;
            case Kind::object: call(value, depth); break;
            case Kind::persistent:
                out_ += "persistent_load(";
                this->value(program_.item(value, 0), depth + 1);
                out_ += ")";
                break;
            case Kind::extension: out_ += "extension()"; break;
            case Kind::buffer: out_ += "buffer()"; break;
        }
    }

private:
    void boolean(Value value) {
        const auto in = program_.instruction(value);
        const bool yes = in && (in->op == pickle::Op::newtrue || pratique::text(in->first) == "01");
        out_ += yes ? "True" : "False";
    }
    void integer(Value value) {
        const auto number = program_.integer(value);
        out_ += number ? std::to_string(*number) : "<big integer>";
    }
    void real(Value value) {
        const auto in = program_.instruction(value);
        if (in && in->op == pickle::Op::binfloat) {
            std::array<char, 32> digits{};
            const auto end =
                std::to_chars(digits.begin(), digits.end(), std::bit_cast<double>(in->number));
            out_.append(digits.begin(), end.ptr);
        } else if (in) {
            out_ += escape(pratique::text(in->first), kLongestText);
        }
    }
    void text(Value value) {
        out_ += '"' + escape(program_.text(value).value_or("?"), kLongestText) + '"';
    }
    void bytes(Value value) {
        const Bytes raw = program_.bytes(value).value_or(Bytes{});
        out_ += "b\"" + escape(pratique::text(raw), kLongestText / 2) + '"';
    }
    std::string global(Value value) {
        const Symbol& symbol = names_.symbol(value);
        if (symbol.is_known()) return escape(symbol.dotted(), kLongestText);
        return "<computed name>";
    }

    // NOLINTNEXTLINE(misc-no-recursion): bounded by kDeepest
    void items(std::string_view open, std::string_view close, Value value, int depth) {
        out_ += open;
        list(value, depth);
        if (value.kind() == Kind::tuple && total(value) == 1) out_ += ",";
        out_ += close;
    }
    // NOLINTNEXTLINE(misc-no-recursion): bounded by kDeepest
    void list(Value value, int depth) {
        std::size_t shown = 0;
        for (const Value item : program_.items(value)) {
            if (shown == kMostItems) break;
            if (shown++ != 0) out_ += ", ";
            this->value(item, depth + 1);
        }
        if (shown < total(value)) out_ += shown == 0 ? "…" : ", …";
    }
    // NOLINTNEXTLINE(misc-no-recursion): bounded by kDeepest
    void dictionary(Value value, int depth) {
        out_ += "{";
        const auto entries = program_.items(value);
        std::size_t shown = 0;
        for (; shown + 1 < entries.size() && shown < kMostItems; shown += 2) {
            if (shown != 0) out_ += ", ";
            this->value(entries[shown], depth + 1);
            out_ += ": ";
            this->value(entries[shown + 1], depth + 1);
        }
        if (shown < total(value)) out_ += shown == 0 ? "…" : ", …";
        out_ += "}";
    }
    // NOLINTNEXTLINE(misc-no-recursion): bounded by kDeepest
    void call(Value made, int depth) {
        const Symbol called = names_.called(made);
        if (called.is_known()) {
            out_ += escape(called.dotted(), kLongestText);
        } else {
            value(program_.item(made, 0), depth + 1);
        }
        out_ += "(";
        const Value arguments = program_.item(made, 1);
        if (arguments.kind() == Kind::tuple) {
            list(arguments, depth);
        } else {
            out_ += "*";
            value(arguments, depth + 1);
        }
        out_ += ")";
    }
    std::uint64_t total(Value value) const {
        return value.is_node() ? program_[value].total : value.folded_weight() - 1;
    }

    Names& names_;
    const Program& program_;
    std::size_t limit_;
    std::string out_;
};

}  // namespace

std::string print(Names& names, const Program& program, Value value, std::size_t limit) {
    Printer printer(names, program, limit);
    printer.value(value, 0);
    return std::move(printer).take();
}

}  // namespace pratique::scanner
