// Formatted texts: f'{value!r:>{width}} {{plain}}'. What stands in the braces is tokenized and read
// as source of its own, at its place in the whole.
#include <algorithm>

#include "formats/python/expression.h"
#include "formats/python/literal.h"

namespace pratique::python {

// NOLINTNEXTLINE(misc-no-recursion): bounded by kDeepest
Index Expressions::formatted(const Token& token) {
    std::vector<Index> parts;
    const Deeper deeper(*this);
    const Quoted place = quoted(token.in(tree_.source));
    pieces(token.begin + place.begin, token.begin + place.end, false, parts);
    return make(NodeKind::formatted, token, parts);
}

void Expressions::piece(std::size_t begin, std::size_t end, std::vector<Index>& parts) {
    if (begin >= end) return;
    const Token part{TokenKind::string, static_cast<std::uint32_t>(begin),
                     static_cast<std::uint32_t>(end - begin)};
    parts.push_back(make(NodeKind::piece, part, {}));
}

/// Pieces and fields of [begin, end), or of a spec up to the `}` that ends it; where that is.
// NOLINTNEXTLINE(misc-no-recursion): bounded by kDeepest
std::size_t Expressions::pieces(std::size_t begin, std::size_t end, bool spec,
                                std::vector<Index>& parts) {
    const std::string_view s = tree_.source;
    std::size_t from = begin;
    std::size_t at = begin;
    while (at < end && !failed_ && !(spec && s[at] == '}')) {
        const bool doubled = !spec && at + 1 < end && s[at + 1] == s[at];
        if (s[at] == '\\' && at + 2 < end && s[at + 1] == 'N' && s[at + 2] == '{') {
            at = std::min(s.find('}', at), end - 1) + 1;  // \N{a character's name}
        } else if (s[at] == '{' && !doubled) {
            piece(from, at, parts);
            from = at = field(at + 1, end, parts);
        } else if ((s[at] == '{' || s[at] == '}') && doubled) {  // stands for one
            piece(from, at + 1, parts);
            from = at += 2;
        } else {
            ++at;
        }
    }
    if (!failed_) piece(from, at, parts);
    return at;
}

/// An expression, and how it is shown; where its `}` ends.
// NOLINTNEXTLINE(misc-no-recursion): bounded by kDeepest
std::size_t Expressions::field(std::size_t begin, std::size_t end, std::vector<Index>& parts) {
    const Deeper deeper(*this);
    if (failed_) return end;
    Tokens tokens = tokenize_field(tree_.source, begin, ++fields_);
    std::size_t at = tokens.all.back().begin;
    // f'{value=}' shows the name, too.
    const auto last = std::ranges::find_if(
        tokens.all, [](const Token& token) { return token.kind == TokenKind::newline; });
    if (last != tokens.all.begin() && std::prev(last)->in(tree_.source) == "=") {
        std::prev(last)->kind = TokenKind::newline;
    }
    Expressions reader(tree_, tokens.all);
    reader.depth_ = depth_;
    reader.fields_ = fields_;
    parts.push_back(reader.list());
    if (tokens.error || reader.failed() || !reader.at(TokenKind::newline)) fail();
    --fields_;
    at = std::min(tree_.source.find_first_of(":}", at), end);
    if (at < end && tree_.source[at] == ':') at = pieces(at + 1, end, true, parts);
    return std::min(at + 1, end);
}

}  // namespace pratique::python
