// The expressions of Python source, from tokens to nodes: a descent along the grammar's levels,
// bounded by the brackets that the tokenizer allows, and by as many for what nests without any.
#pragma once

#include <initializer_list>

#include "formats/python/token.h"
#include "formats/python/tree.h"

namespace pratique::python {

class Expressions {
public:
    /// Reads `tokens`, which were made of `tree.source`, into `tree`.
    Expressions(Tree& tree, const std::vector<Token>& tokens) : tree_(tree), tokens_(tokens) {}

    const Token& token() const { return tokens_[at_]; }
    std::string_view word() const { return token().in(tree_.source); }
    std::uint32_t begin() const { return token().begin; }
    bool at(std::string_view op) const {
        return (token().kind == TokenKind::op || token().kind == TokenKind::name) && word() == op;
    }
    bool at(TokenKind kind) const { return token().kind == kind; }
    /// Whether the token behind this one is the `op`.
    bool before(std::string_view op) const;
    bool before_name() const {
        return at_ + 1 < tokens_.size() && tokens_[at_ + 1].kind == TokenKind::name;
    }
    /// Steps over `op` if it is here.
    bool take(std::string_view op);
    void advance() {
        if (!at(TokenKind::end)) ++at_;
    }
    void fail(Errc code = Errc::bad_text);
    bool failed() const { return failed_; }
    void forget_failure() { failed_ = false; }

    /// `a, *b, c`: one node, a sequence if there is a comma. kNone if nothing stands here.
    Index list();
    Index expression();
    /// What may be assigned to or deleted: no comparison, so that `in` ends it.
    Index target_list();
    /// `value as target`, of a with.
    Index context();
    /// Python 2's `print a, b` and `exec code in space`, as calls; and whether one stands here.
    Index old_call();
    bool at_old_call() const;
    /// Whether a `:` outside of brackets stands on the rest of the line, as behind `match x`.
    bool opens_suite() const;
    /// Reads a pattern, up to its guard or its suite, for the names that it may bind.
    void pattern(std::vector<Index>& names);
    /// Steps over what stands in the brackets that open here, and over them.
    void skip_brackets();
    /// The parameters of a def or lambda up to `end`, with their defaults and annotations.
    void parameters(std::string_view end, std::vector<Index>& out);
    /// `(a, b=c, *d)` behind its bracket.
    void arguments(std::vector<Index>& out);

    Index make(NodeKind kind, const Token& token, std::initializer_list<Index> parts);
    Index make(NodeKind kind, const Token& token, std::span<const Index> parts);

private:
    Index list_of(Index (Expressions::*item)());
    Index level(std::size_t level);
    Index starred_or_expression();
    Index starred_or_target();
    Index unary();
    Index postfix();
    Index trailer(Index object);
    Index subscript_item();
    Index atom();
    Index name_atom();
    Index bracketed();
    Index braced();
    Index strings();
    Index formatted(const Token& token);
    std::size_t pieces(std::size_t begin, std::size_t end, bool spec, std::vector<Index>& parts);
    std::size_t field(std::size_t begin, std::size_t end, std::vector<Index>& parts);
    void piece(std::size_t begin, std::size_t end, std::vector<Index>& parts);
    Index lambda();
    Index comprehension(const Token& open, std::vector<Index> parts);
    bool at_comprehension() const;
    bool ends() const;
    /// 1 at an opening bracket, -1 at a closing one.
    int bracket() const;

    /// Depth of one descent; it is over with the block.
    class Deeper {
    public:
        explicit Deeper(Expressions& reader) : reader_(reader) {
            if (++reader_.depth_ > kDeepest) reader_.fail(Errc::limit_depth);
        }
        Deeper(const Deeper&) = delete;
        Deeper& operator=(const Deeper&) = delete;
        ~Deeper() { --reader_.depth_; }

    private:
        Expressions& reader_;
    };
    /// A bracket is two steps down.
    static constexpr std::size_t kDeepest = 2 * kMostNested;

    Tree& tree_;
    const std::vector<Token>& tokens_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;
    std::size_t fields_ = 0;  // formatted texts around this expression
    bool failed_ = false;
};

}  // namespace pratique::python
