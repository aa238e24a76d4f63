// The expressions of Jinja: precedence, postfixes, filters and tests.
#pragma once

#include <optional>
#include <span>

#include "formats/jinja/template.h"

namespace pratique::jinja {

/// Reads expressions from the tokens of one tag into the nodes of a template. After the first
/// fault everything that is asked of it is none.
class ExpressionReader {
public:
    ExpressionReader(std::span<const Token> tokens, std::uint64_t end, std::vector<Node>& nodes)
        : tokens_(tokens), end_(end), nodes_(nodes) {}

    const std::optional<Fault>& fault() const { return fault_; }
    bool at_end() const { return at_ == tokens_.size(); }
    std::uint64_t offset() const { return at_end() ? end_ : tokens_[at_].offset; }
    bool is_sign(std::string_view sign) const { return is(TokenKind::sign, sign); }
    bool is_word(std::string_view word) const { return is(TokenKind::name, word); }
    bool take_sign(std::string_view sign) { return take(TokenKind::sign, sign); }
    bool take_word(std::string_view word) { return take(TokenKind::name, word); }
    /// The next token, if it is a name; else a fault and "".
    std::string name();
    void expect_sign(std::string_view sign);
    void expect_word(std::string_view word);
    void fail(std::string_view what, bool limit = false);

    /// An expression, with `a if b else c` or without; without a condition it may stand before a
    /// word `if` that belongs to the statement.
    Index expression(bool with_condition = true);
    /// Expressions with commas between: one, or a list of them.
    Index tuple(bool with_condition = true);
    /// Filters over something that stands elsewhere, with or without the first `|`.
    Index filters();

private:
    bool is(TokenKind kind, std::string_view text) const {
        return !at_end() && tokens_[at_].kind == kind && tokens_[at_].text == text;
    }
    bool take(TokenKind kind, std::string_view text);

    Index add(Op op, std::uint64_t offset, std::string text, std::vector<Index> parts);
    Index nothing();
    Index binary(int least);
    Index negation();
    Index unary();
    Index primary();
    Index bracketed();
    Index list(std::string_view close);
    Index dict();
    Index postfixes(Index node);
    Index member(Index node);
    Index subscript(Index node);
    Index slice_part();
    Index filter(Index node);
    Index test(Index node);
    std::vector<Index> arguments(Index first);

    std::span<const Token> tokens_;
    std::uint64_t end_;
    std::vector<Node>& nodes_;
    std::size_t at_ = 0;
    std::uint32_t depth_ = 0;
    std::optional<Fault> fault_;
};

}  // namespace pratique::jinja
