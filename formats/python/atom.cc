// What has no operators outside of its brackets: names, numbers, texts, and what brackets enclose.
#include "formats/python/expression.h"

namespace pratique::python {

// NOLINTNEXTLINE(misc-no-recursion): bounded by kDeepest
Index Expressions::atom() {
    if (failed_) return kNone;
    const Token here = token();
    switch (here.kind) {
        case TokenKind::name: return name_atom();
        case TokenKind::number: advance(); return make(NodeKind::number, here, {});
        case TokenKind::string: return strings();
        case TokenKind::op:
        case TokenKind::newline:
        case TokenKind::indent:
        case TokenKind::dedent:
        case TokenKind::end: break;
    }
    if (at("(") || at("[")) return bracketed();
    if (at("{")) return braced();
    if (take("...")) return make(NodeKind::name, here, {});
    if (take("`")) {  // Python 2's repr
        const Index inside = list();
        if (!take("`") && !failed_) fail();
        return make(NodeKind::unary, here, {inside});
    }
    fail();
    return kNone;
}

Index Expressions::name_atom() {
    if (is_keyword(word())) {
        fail();
        return kNone;
    }
    const Token name = token();
    advance();
    return make(NodeKind::name, name, {});
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kDeepest
Index Expressions::context() {
    const Index value = starred_or_expression();
    const Token as = token();
    if (failed_ || !take("as")) return value;
    return make(NodeKind::bind, as, {level(3), value});
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kDeepest
Index Expressions::bracketed() {
    const Token open = token();
    const std::string_view close = at("(") ? ")" : "]";
    advance();
    if (take(close)) return make(NodeKind::sequence, open, {});
    const Index first = context();
    Index whole = first;
    if (at_comprehension()) {
        whole = comprehension(open, {first});
    } else if (at(",") || close == "]") {
        std::vector<Index> items = {first};
        while (!failed_ && take(",") && !at(close)) items.push_back(context());
        whole = make(NodeKind::sequence, open, items);
    }
    if (!take(close) && !failed_) fail();
    return whole;
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kDeepest
Index Expressions::braced() {
    const Token open = token();
    advance();
    std::vector<Index> items;
    bool dict = at("}");
    while (!failed_ && !at("}")) {
        dict = dict || at("**");
        items.push_back(starred_or_expression());
        if (take(":")) {
            dict = true;
            items.push_back(expression());
        }
        if (at_comprehension()) {
            items = {comprehension(open, items)};
            if (!at("}") && !failed_) fail();
            advance();
            return items[0];
        }
        if (!take(",")) break;
    }
    if (!take("}") && !failed_) fail();
    return make(dict ? NodeKind::dict : NodeKind::sequence, open, items);
}

bool Expressions::at_comprehension() const { return at("for") || (at("async") && before("for")); }

// NOLINTNEXTLINE(misc-no-recursion): bounded by kDeepest
Index Expressions::comprehension(const Token& open, std::vector<Index> parts) {
    while (!failed_ && at_comprehension()) {
        take("async");
        const Token word = token();
        take("for");
        std::vector<Index> loop = {target_list()};
        if (!take("in") && !failed_) fail();
        if (failed_) break;
        loop.push_back(at("lambda") ? expression() : level(0));
        // Python 2 allows `for x in 1, 2`.
        while (!failed_ && at(",") && !before(")") && !before("]")) {
            advance();
            loop.push_back(level(0));
        }
        parts.push_back(make(NodeKind::loop, word, loop));
        while (!failed_ && take("if")) {
            parts.push_back(at("lambda") ? expression() : level(0));
            if (take(":=")) parts.push_back(level(0));
        }
    }
    return make(NodeKind::comprehension, open, parts);
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kDeepest
Index Expressions::strings() {
    std::vector<Index> all;
    const Token first = token();
    while (at(TokenKind::string) && !failed_) {
        const Token here = token();
        const std::string_view prefix = word().substr(0, word().find_first_of("'\""));
        const bool with_braces = prefix.find_first_of("fFtT") != std::string_view::npos;
        all.push_back(with_braces ? formatted(here) : make(NodeKind::text, here, {}));
        advance();
    }
    return all.size() == 1 ? all[0] : make(NodeKind::joined, first, all);
}

}  // namespace pratique::python
