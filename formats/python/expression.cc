#include "formats/python/expression.h"

namespace pratique::python {
namespace {

/// Operators between two operands, the loosest first. All of one level group from the left.
constexpr std::size_t kComparison = 2;
bool is_operator(std::size_t level, std::string_view word) {
    switch (level) {
        case 0: return word == "or";
        case 1: return word == "and";
        case kComparison:
            return word == "<" || word == ">" || word == "==" || word == ">=" || word == "<=" ||
                   word == "!=" || word == "<>" || word == "in" || word == "is" || word == "not";
        case 3: return word == "|";
        case 4: return word == "^";
        case 5: return word == "&";
        case 6: return word == "<<" || word == ">>";
        case 7: return word == "+" || word == "-";
        case 8: return word == "*" || word == "/" || word == "//" || word == "%" || word == "@";
        default: return false;
    }
}
constexpr std::size_t kLevels = 9;

}  // namespace

bool Expressions::before(std::string_view op) const {
    if (at_ + 1 >= tokens_.size()) return false;
    const Token& next = tokens_[at_ + 1];
    return next.kind != TokenKind::string && next.in(tree_.source) == op;
}

bool Expressions::take(std::string_view op) {
    if (!at(op)) return false;
    advance();
    return true;
}

void Expressions::fail(Errc code) {
    failed_ = true;
    if (!tree_.error) tree_.error = Error{code, begin()};
}

Index Expressions::make(NodeKind kind, const Token& token, std::initializer_list<Index> parts) {
    return make(kind, token, std::span(parts.begin(), parts.size()));
}

Index Expressions::make(NodeKind kind, const Token& token, std::span<const Index> parts) {
    Node node{kind, token.begin, token.length, static_cast<std::uint32_t>(tree_.parts.size()), 0};
    for (const Index part : parts) {
        if (part == kNone) continue;
        tree_.parts.push_back(part);
        ++node.part_count;
    }
    tree_.nodes.push_back(node);
    return static_cast<Index>(tree_.nodes.size() - 1);
}

/// Nothing more of an expression can stand here.
bool Expressions::ends() const {
    if (at(TokenKind::newline) || at(TokenKind::end) || at(TokenKind::indent)) return true;
    if (at(TokenKind::dedent) || at("in")) return true;
    constexpr std::string_view kEnds = ")]}:;=";
    return at(TokenKind::op) &&
           (word().size() == 1 ? kEnds.find(word()[0]) != std::string_view::npos
                               : word().ends_with('=') && !is_operator(kComparison, word()));
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kDeepest
Index Expressions::list_of(Index (Expressions::*item)()) {
    const Index only = (this->*item)();
    if (!at(",") || failed_) return only;
    std::vector<Index> items = {only};
    const Token comma = token();
    const bool bounds = item == &Expressions::subscript_item;  // may begin with a `:`
    while (take(",") && (!ends() || (bounds && at(":"))) && !failed_) {
        items.push_back((this->*item)());
    }
    return make(NodeKind::sequence, comma, items);
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kDeepest
Index Expressions::list() { return list_of(&Expressions::starred_or_expression); }
// NOLINTNEXTLINE(misc-no-recursion): bounded by kDeepest
Index Expressions::target_list() { return list_of(&Expressions::starred_or_target); }

// NOLINTNEXTLINE(misc-no-recursion): bounded by kDeepest
Index Expressions::starred_or_expression() {
    if (!at("*") && !at("**")) return expression();
    const Token star = token();
    advance();
    return make(NodeKind::starred, star, {expression()});
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kDeepest
Index Expressions::starred_or_target() {
    const Token star = token();
    if (take("*")) return make(NodeKind::starred, star, {level(3)});
    return level(3);
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kDeepest
Index Expressions::expression() {
    const Deeper deeper(*this);
    if (failed_) return kNone;
    if (at("lambda")) return lambda();
    const Token first = token();
    if (at("yield")) {
        advance();
        take("from");
        return make(NodeKind::wait, first, {ends() || at(",") ? kNone : list()});
    }
    const Index value = level(0);
    const Token next = token();
    if (take(":=")) return make(NodeKind::bind, next, {value, expression()});
    if (failed_ || !at("if")) return value;
    advance();
    const Index condition = level(0);
    // In a comprehension the `if` is a condition of its own; there `else` never follows.
    if (!take("else")) {
        if (!failed_) fail();
        return kNone;
    }
    return make(NodeKind::conditional, next, {value, condition, expression()});
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kLevels and kDeepest
Index Expressions::level(std::size_t level) {
    if (level == kLevels) return unary();
    if (level == kComparison && at("not")) {
        const Deeper deeper(*this);
        if (failed_) return kNone;
        const Token op = token();
        advance();
        return make(NodeKind::unary, op, {this->level(level)});
    }
    Index left = this->level(level + 1);
    while (!failed_ && (at(TokenKind::op) || at(TokenKind::name)) && is_operator(level, word())) {
        const Token op = token();
        const bool negated = at("not");
        if (negated && !before("in")) break;
        advance();
        if (negated) advance();
        if (op.length == 2 && at("not")) advance();  // `is not`
        left = make(NodeKind::binary, op, {left, this->level(level + 1)});
    }
    return left;
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kDeepest
Index Expressions::unary() {
    const Deeper deeper(*this);
    if (failed_) return kNone;
    const Token op = token();
    if (at("-") || at("+") || at("~")) {
        advance();
        return make(NodeKind::unary, op, {unary()});
    }
    if (at("await") && !before(".") && !before("=")) {
        advance();
        return make(NodeKind::wait, op, {unary()});
    }
    const Index base = postfix();
    const Token power = token();
    if (failed_ || !take("**")) return base;
    return make(NodeKind::binary, power, {base, unary()});
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kDeepest
Index Expressions::postfix() {
    Index object = atom();
    while (!failed_ && (at(".") || at("(") || at("["))) object = trailer(object);
    return object;
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kDeepest
Index Expressions::trailer(Index object) {
    const Token open = token();
    advance();
    if (open.length == 1 && tree_.source[open.begin] == '.') {
        const Token name = token();
        if (!at(TokenKind::name)) fail();
        advance();
        return make(NodeKind::attribute, name, {object});
    }
    std::vector<Index> parts = {object};
    if (tree_.source[open.begin] == '(') {
        arguments(parts);
        return make(NodeKind::call, open, parts);
    }
    parts.push_back(list_of(&Expressions::subscript_item));
    if (!take("]") && !failed_) fail();
    return make(NodeKind::subscript, open, parts);
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kDeepest
Index Expressions::subscript_item() {
    std::vector<Index> bounds;
    const Token first = token();
    bool slice = false;
    while (!failed_ && !at("]") && !at(",")) {
        if (take(":")) {
            slice = true;
        } else {
            bounds.push_back(starred_or_expression());
            if (!at(":") && !at("]") && !at(",") && !failed_) fail();
        }
    }
    if (!slice && bounds.size() == 1) return bounds[0];
    const Token whole{TokenKind::op, first.begin, token().begin - first.begin};
    return make(NodeKind::slice, whole, bounds);
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kDeepest
void Expressions::arguments(std::vector<Index>& out) {
    while (!failed_ && !at(")")) {
        const Token name = token();
        if (at(TokenKind::name) && before("=")) {
            advance();
            advance();
            out.push_back(make(NodeKind::keyword, name, {expression()}));
        } else {
            out.push_back(starred_or_expression());
            if (at_comprehension()) out.back() = comprehension(name, {out.back()});
        }
        if (!take(",")) break;
    }
    if (!take(")") && !failed_) fail();
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kDeepest
void Expressions::parameters(std::string_view end, std::vector<Index>& out) {
    while (!failed_ && !at(end)) {
        if (at("*") || at("**") || at("/")) {
            advance();
            if (!at(",")) continue;
        } else if (at(TokenKind::name)) {
            out.push_back(make(NodeKind::parameter, token(), {}));
            advance();
        } else if (at("(")) {
            out.push_back(target_list());  // Python 2 takes tuples apart
        } else {
            return fail();
        }
        if (end != ":" && take(":")) out.push_back(starred_or_expression());
        if (take("=")) out.push_back(expression());
        if (!at(",")) break;
        advance();
    }
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kDeepest
Index Expressions::lambda() {
    const Token word = token();
    advance();
    std::vector<Index> parts;
    parameters(":", parts);
    if (!take(":") && !failed_) fail();
    if (!failed_) parts.push_back(expression());
    return make(NodeKind::lambda, word, parts);
}

bool Expressions::at_old_call() const {
    if (!at("print") && !at("exec")) return false;
    const Token& next = tokens_[std::min(at_ + 1, tokens_.size() - 1)];
    if (next.kind == TokenKind::op) return at("print") && before(">>");
    if (next.kind != TokenKind::name) {
        return next.kind == TokenKind::string || next.kind == TokenKind::number;
    }
    return before("not") || before("lambda") || !is_keyword(next.in(tree_.source));
}

Index Expressions::old_call() {
    const Token name = token();
    const bool exec = at("exec");
    std::vector<Index> parts = {name_atom()};
    take(">>");
    parts.push_back(exec ? level(kComparison + 1) : list());
    if (exec && take("in")) parts.push_back(list());
    return make(NodeKind::call, name, parts);
}

bool Expressions::opens_suite() const {
    constexpr std::string_view kNever = "=:,).";
    std::size_t brackets = 0;
    for (std::size_t i = at_ + 1; i < tokens_.size(); ++i) {
        const Token& here = tokens_[i];
        if (here.kind == TokenKind::newline || here.kind == TokenKind::end) return false;
        if (here.kind != TokenKind::op) continue;
        const char c = tree_.source[here.begin];
        if (i == at_ + 1 && here.length == 1 && kNever.find(c) != std::string_view::npos)
            return false;
        if (c == '(' || c == '[' || c == '{') ++brackets;
        if ((c == ')' || c == ']' || c == '}') && brackets > 0) --brackets;
        if (c == ':' && here.length == 1 && brackets == 0) return true;
    }
    return false;
}

int Expressions::bracket() const {
    if (at("(") || at("[") || at("{")) return 1;
    return at(")") || at("]") || at("}") ? -1 : 0;
}

void Expressions::pattern(std::vector<Index>& names) {
    int brackets = 0;
    for (; !at(TokenKind::newline) && !at(TokenKind::end); advance()) {
        if (brackets == 0 && (at(":") || at("if"))) return;
        if (at(TokenKind::name) && !before("(") && !before(".") && !before("=")) {
            names.push_back(make(NodeKind::name, token(), {}));
        }
        brackets += bracket();
    }
}

void Expressions::skip_brackets() {
    int brackets = 0;
    do {
        brackets += bracket();
        advance();
    } while (brackets > 0 && !at(TokenKind::newline) && !at(TokenKind::end));
}

}  // namespace pratique::python
