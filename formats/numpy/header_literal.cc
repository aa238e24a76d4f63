#include "formats/numpy/header_literal.h"

#include <algorithm>
#include <charconv>

#include "base/reader.h"
#include "base/text.h"

namespace pratique::numpy {
namespace {

constexpr int kDeepest = 32;
constexpr std::size_t kMostValues = 100'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Parser {
public:
    Parser(std::string_view source, std::uint64_t base) : in_(as_bytes(source), base) {}

    Result<Literal> parse() {
        Literal out = TRY(value(0));
        skip_space();
        if (!in_.at_end()) return wrong();
        return out;
    }

private:
    Error wrong() const { return {Errc::bad_header, in_.offset()}; }

    /// The next character; NUL, which starts no value, at the end.
    char peek() const { return in_.at_end() ? '\0' : text(in_.rest()).front(); }

    bool accept(std::string_view word) {
        if (!text(in_.rest()).starts_with(word)) return false;
        return static_cast<bool>(in_.skip(word.size()));
    }

    void skip_space() {
        const auto first = text(in_.rest()).find_first_not_of(" \t\r\n");
        static_cast<void>(in_.skip(std::min(first, in_.left())));  // cannot fail
    }

    // NOLINTNEXTLINE(misc-no-recursion): bounded by the depth of the literal
    Result<Literal> value(int depth) {
        skip_space();
        Literal out;
        out.offset = in_.offset();
        if (depth > kDeepest) return Error{Errc::limit_depth, out.offset};
        if (++values_ > kMostValues) return Error{Errc::limit_nodes, out.offset};
        if (accept("(")) {
            TRY(tuple(out, depth));
        } else if (accept("[")) {
            out.kind = LiteralKind::list;
            TRY(items(out, ']', depth));
        } else if (accept("{")) {
            TRY(dict(out, depth));
        } else if (accept("True")) {
            out.kind = LiteralKind::boolean;
            out.number = 1;
        } else if (accept("False")) {
            out.kind = LiteralKind::boolean;
        } else if (is_digit(peek()) || peek() == '-') {
            TRY(integer(out));
        } else if (!accept("None")) {
            TRY(string(out));
        }
        return out;
    }

    /// `(x)` is x in brackets and no tuple; `(x,)` is one.
    // NOLINTNEXTLINE(misc-no-recursion): bounded by the depth of the literal
    Status tuple(Literal& out, int depth) {
        const bool comma = TRY(items(out, ')', depth));
        if (out.items.size() == 1 && !comma) {
            Literal only = std::move(out.items.front());
            out = std::move(only);
            return {};
        }
        out.kind = LiteralKind::tuple;
        return {};
    }

    /// Values up to `close`; yields whether a comma stood before it.
    // NOLINTNEXTLINE(misc-no-recursion): bounded by the depth of the literal
    Result<bool> items(Literal& out, char close, int depth) {
        const std::string_view end(&close, 1);
        bool comma = false;
        skip_space();
        while (!accept(end)) {
            if (!out.items.empty() && !comma) return wrong();
            out.items.push_back(TRY(value(depth + 1)));
            skip_space();
            comma = accept(",");
            skip_space();
        }
        return comma;
    }

    // NOLINTNEXTLINE(misc-no-recursion): bounded by the depth of the literal
    Status dict(Literal& out, int depth) {
        out.kind = LiteralKind::dict;
        bool comma = true;
        skip_space();
        while (!accept("}")) {
            if (!comma) return wrong();
            out.items.push_back(TRY(value(depth + 1)));
            skip_space();
            if (!accept(":")) return wrong();
            out.items.push_back(TRY(value(depth + 1)));
            skip_space();
            comma = accept(",");
            skip_space();
        }
        return {};
    }

    Status integer(Literal& out) {
        out.kind = LiteralKind::integer;
        const std::string_view rest = text(in_.rest());
        const std::string_view digits = rest.substr(peek() == '-' ? 1 : 0);
        if (digits.size() > 1 && digits[0] == '0' && is_digit(digits[1])) return wrong();
        const auto [end, problem] = std::from_chars(rest.begin(), rest.end(), out.number);
        if (problem == std::errc::result_out_of_range) return Error{Errc::overflow, out.offset};
        if (problem != std::errc{}) return wrong();
        TRY(in_.skip(static_cast<std::uint64_t>(end - rest.begin())));
        accept("L");
        return {};
    }

    Status string(Literal& out) {
        out.kind = LiteralKind::string;
        for (const std::string_view prefix : {"u", "U", "b", "B"}) {
            if (accept(prefix)) break;
        }
        const char quote = peek();
        if (quote != '\'' && quote != '"') return Error{Errc::bad_header, out.offset};
        TRY(in_.skip(1));
        for (;;) {
            if (in_.at_end()) return wrong();
            const char c = peek();
            TRY(in_.skip(1));
            if (c == quote) return {};
            if (c == '\n') return wrong();
            if (c == '\\') {
                TRY(escape_sequence(out.text));
            } else {
                out.text.push_back(c);
            }
        }
    }

    Status escape_sequence(std::string& out) {
        const char c = peek();
        TRY(in_.skip(1));
        switch (c) {
            case '\\':
            case '\'':
            case '"': out.push_back(c); return {};
            case 'n': out.push_back('\n'); return {};
            case 't': out.push_back('\t'); return {};
            case 'r': out.push_back('\r'); return {};
            case 'x': append_utf8(out, TRY(hexadecimal(2))); return {};
            case 'u': append_utf8(out, TRY(hexadecimal(4))); return {};
            default: return wrong();
        }
    }

    Result<std::uint32_t> hexadecimal(std::uint64_t digits) {
        const std::string_view word = text(TRY(in_.take(digits)));
        std::uint32_t number = 0;
        const auto [end, problem] = std::from_chars(word.begin(), word.end(), number, 16);
        if (problem != std::errc{} || end != word.end()) return wrong();
        return number;
    }

    Reader in_;
    std::size_t values_ = 0;
};

}  // namespace

Result<Literal> parse_literal(std::string_view source, std::uint64_t base) {
    return Parser(source, base).parse();
}

}  // namespace pratique::numpy
