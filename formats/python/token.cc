#include "formats/python/token.h"

#include <algorithm>
#include <array>

namespace pratique::python {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) {
    const char lower = static_cast<char>(c | 0x20);
    return is_digit(c) || (lower >= 'a' && lower <= 'f');
}
bool is_line_end(char c) { return c == '\n' || c == '\r'; }
bool is_quote(char c) { return c == '"' || c == '\''; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\f' || c == '\v'; }

/// The letters before a quote: any mix of r, b, u, f and t.
bool is_prefix(std::string_view letters) {
    return letters.size() <= 3 && letters.find_first_not_of("rRbBuUfFtT") == std::string_view::npos;
}

class Tokenizer {
public:
    explicit Tokenizer(std::string_view source) : source_(source) {}
    /// Of the expression of a formatted text.
    Tokenizer(std::string_view source, std::size_t begin, std::size_t depth)
        : source_(source), at_(begin), depth_(depth), outer_(1), brackets_(1) {}

    // NOLINTNEXTLINE(misc-no-recursion): bounded by kMostFormatted
    Tokens run() {
        if (source_.size() > kLongestSource) {
            fail(Errc::limit_bytes);
        } else {
            if (at_ == 0 && source_.starts_with("\xef\xbb\xbf")) at_ = 3;
            while (!out_.error && at_ < source_.size() && !at_field_end()) step();
        }
        finish();
        return std::move(out_);
    }

private:
    char peek(std::size_t ahead = 0) const {
        return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0';
    }

    void fail(Errc code) {
        if (!out_.error) out_.error = Error{code, at_};
    }

    bool at_field_end() const {
        if (outer_ == 0 || brackets_ != outer_) return false;
        return peek() == '}' || peek() == ':' || (peek() == '!' && peek(1) != '=');
    }

    void push(TokenKind kind, std::size_t begin) {
        out_.all.push_back(
            {kind, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(at_ - begin)});
    }

    // NOLINTNEXTLINE(misc-no-recursion): bounded by kMostFormatted
    void step() {
        if (line_start_ && brackets_ == 0) return indentation();
        const char c = peek();
        if (is_blank(c)) {
            ++at_;
        } else if (c == '#') {
            at_ = std::min(source_.find_first_of("\r\n", at_), source_.size());
        } else if (is_line_end(c)) {
            line_end();
        } else if (c == '\\' && is_line_end(peek(1))) {
            at_ += peek(1) == '\r' && peek(2) == '\n' ? 3U : 2U;
        } else if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
            number();
        } else if (is_name_character(c)) {
            name_or_string();
        } else if (is_quote(c)) {
            string(at_, false);
        } else {
            punctuation();
        }
    }

    void line_end() {
        const std::size_t begin = at_;
        at_ += peek() == '\r' && peek(1) == '\n' ? 2U : 1U;
        if (brackets_ != 0) return;
        if (!out_.all.empty() && is_content(out_.all.back().kind)) push(TokenKind::newline, begin);
        line_start_ = true;
    }

    static bool is_content(TokenKind kind) {
        return kind != TokenKind::newline && kind != TokenKind::indent && kind != TokenKind::dedent;
    }

    void indentation() {
        std::size_t column = 0;
        for (;; ++at_) {
            const char c = peek();
            if (c == ' ')
                ++column;
            else if (c == '\t')
                column = (column / 8 + 1) * 8;
            else if (c == '\f')
                column = 0;
            else
                break;
        }
        line_start_ = false;
        if (at_ == source_.size() || peek() == '#' || is_line_end(peek())) return;
        if (column > indents_.back()) {
            if (indents_.size() > kMostIndented) return fail(Errc::limit_depth);
            indents_.push_back(column);
            return push(TokenKind::indent, at_);
        }
        while (column < indents_.back()) {
            indents_.pop_back();
            push(TokenKind::dedent, at_);
        }
        if (column != indents_.back()) fail(Errc::bad_text);
    }

    /// Letters end a number as soon as they cannot belong to it: `1if x else 2` holds an `if`.
    void number() {
        const std::size_t begin = at_;
        const char radix = peek() == '0' ? static_cast<char>(peek(1) | 0x20) : '\0';
        if (radix == 'x' || radix == 'o' || radix == 'b') {
            at_ += 2;
            while (peek() == '_' || (radix == 'x' ? is_hex(peek()) : is_digit(peek()))) ++at_;
        } else {
            digits();
            if (peek() == '.') ++at_;
            digits();
            const bool sign = peek(1) == '+' || peek(1) == '-';
            if ((peek() | 0x20) == 'e' && is_digit(peek(sign ? 2 : 1))) {
                at_ += sign ? 2 : 1;
                digits();
            }
        }
        if (peek() == 'j' || peek() == 'J' || peek() == 'l' || peek() == 'L') ++at_;
        push(TokenKind::number, begin);
    }
    void digits() {
        while (is_digit(peek()) || (peek() == '_' && is_digit(peek(1)))) ++at_;
    }

    // NOLINTNEXTLINE(misc-no-recursion): bounded by kMostFormatted
    void name_or_string() {
        const std::size_t begin = at_;
        while (is_name_character(peek())) ++at_;
        const std::string_view word = source_.substr(begin, at_ - begin);
        if (!is_quote(peek()) || !is_prefix(word)) return push(TokenKind::name, begin);
        string(begin, word.find_first_of("fFtT") != std::string_view::npos);
    }

    bool at_quote(char mark, std::size_t count) const {
        for (std::size_t i = 0; i < count; ++i) {
            if (peek(i) != mark) return false;
        }
        return true;
    }

    /// How far the next step in a text goes: over a backslash and what it escapes, a doubled brace.
    std::size_t text_step(bool formatted) const {
        if (peek() != '\\') return formatted && peek() == '{' ? 2 : 1;
        // It escapes no brace.
        if (formatted && (peek(1) == '{' || peek(1) == '}')) return 1;
        return peek(1) == '\r' && peek(2) == '\n' ? 3 : 2;
    }

    /// A text from its prefix to its last quote.
    // NOLINTNEXTLINE(misc-no-recursion): bounded by kMostFormatted
    void string(std::size_t begin, bool formatted) {
        const char mark = peek();
        const std::size_t count = at_quote(mark, 3) ? 3 : 1;
        at_ += count;
        while (!out_.error && !at_quote(mark, count)) {
            const char c = peek();
            if (at_ >= source_.size() || (count == 1 && is_line_end(c)))
                return fail(Errc::bad_text);
            if (formatted && c == '{' && peek(1) != '{') {
                field(mark, count);
            } else {
                at_ += text_step(formatted);
            }
        }
        if (out_.error) return;
        at_ += count;
        push(TokenKind::string, begin);
    }

    /// `{expression!r:spec}`; the spec may hold further fields.
    // NOLINTNEXTLINE(misc-no-recursion): bounded by kMostFormatted
    void field(char mark, std::size_t count) {
        const Tokens inside = tokenize_field(source_, at_ + 1, depth_ + 1);
        at_ = inside.all.back().begin;
        if (inside.error) return fail(inside.error->code);
        while (peek() != '}' && peek() != ':' && at_ < source_.size()) ++at_;
        if (peek() == ':') ++at_;
        ++depth_;
        while (!out_.error && peek() != '}') {
            if (at_ >= source_.size() || at_quote(mark, count)) return fail(Errc::bad_text);
            if (peek() == '{')
                field(mark, count);
            else
                ++at_;
        }
        --depth_;
        ++at_;
    }

    void punctuation() {
        constexpr auto kLong = std::to_array<std::string_view>(
            {"**=", "//=", ">>=", "<<=", "...", "**", "//", ">>", "<<", "<=", ">=", "==", "!=",
             "<>",  "->",  ":=",  "+=",  "-=",  "*=", "/=", "%=", "&=", "|=", "^=", "@="});
        constexpr std::string_view kShort = "+-*/%@&|^~<>()[]{},:.;=`";
        const std::size_t begin = at_;
        const std::string_view rest = source_.substr(at_, 3);
        const auto* found =
            std::ranges::find_if(kLong, [&](std::string_view op) { return rest.starts_with(op); });
        if (found == kLong.end() && kShort.find(peek()) == std::string_view::npos) {
            return fail(Errc::bad_text);
        }
        if (!count_brackets(peek())) return;
        at_ += found == kLong.end() ? 1 : found->size();
        push(TokenKind::op, begin);
    }

    bool count_brackets(char c) {
        if (c == '(' || c == '[' || c == '{') {
            if (++brackets_ > kMostNested) fail(Errc::limit_depth);
        } else if (c == ')' || c == ']' || c == '}') {
            if (brackets_ == outer_) {
                fail(Errc::bad_text);
            } else {
                --brackets_;
            }
        }
        return !out_.error;
    }

    void finish() {
        if (brackets_ != outer_) fail(Errc::bad_text);
        at_ = std::min(at_, source_.size());
        const std::size_t end = at_;
        if (!out_.all.empty() && is_content(out_.all.back().kind)) push(TokenKind::newline, end);
        for (; indents_.size() > 1; indents_.pop_back()) push(TokenKind::dedent, end);
        push(TokenKind::end, end);
    }

    std::string_view source_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;  // formatted texts around this one
    std::size_t outer_ = 0;  // brackets that are open around it
    std::size_t brackets_ = 0;
    bool line_start_ = true;
    std::vector<std::size_t> indents_ = {0};
    Tokens out_;
};

}  // namespace

bool is_keyword(std::string_view word) {
    constexpr auto kWords = std::to_array<std::string_view>(
        {"and",    "as",     "assert", "break",   "class",    "continue", "def",    "del",
         "elif",   "else",   "except", "finally", "for",      "from",     "global", "if",
         "import", "in",     "is",     "lambda",  "nonlocal", "not",      "or",     "pass",
         "raise",  "return", "try",    "while",   "with",     "yield"});
    return std::ranges::binary_search(kWords, word);
}

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' ||
           (c & 0x80) != 0;
}

Tokens tokenize(std::string_view source) { return Tokenizer(source).run(); }

// NOLINTNEXTLINE(misc-no-recursion): bounded by kMostFormatted
Tokens tokenize_field(std::string_view source, std::size_t begin, std::size_t depth) {
    if (depth <= kMostFormatted) return Tokenizer(source, begin, depth).run();
    Tokens out;
    out.error = Error{Errc::limit_depth, begin};
    out.all.push_back({TokenKind::end, static_cast<std::uint32_t>(begin), 0});
    return out;
}

}  // namespace pratique::python
