// A function for each step of precedence would be a dozen deep for every bracket. Binary operators
// are a table with numbers instead, and one loop.
//
// The recursion is as deep as the file nests, but no deeper than kDeepestExpression.
// NOLINTBEGIN(misc-no-recursion)
#include "formats/jinja/expression.h"

#include <algorithm>
#include <array>

namespace pratique::jinja {
namespace {

struct BinaryRow {
    std::string_view sign;
    int strength;
};

constexpr int kNot = 3;
constexpr int kCompare = 4;
constexpr int kConcat = 6;

constexpr auto kBinary = std::to_array<BinaryRow>({
    {"or", 1},
    {"and", 2},
    {"==", kCompare},
    {"!=", kCompare},
    {"<", kCompare},
    {"<=", kCompare},
    {">", kCompare},
    {">=", kCompare},
    {"in", kCompare},
    {"not", kCompare},
    {"+", 5},
    {"-", 5},
    {"~", kConcat},
    {"*", 7},
    {"/", 7},
    {"//", 7},
    {"%", 7},
    {"**", 8},
});

constexpr auto kConstants =
    std::to_array<std::string_view>({"true", "false", "none", "True", "False", "None"});

bool is_constant(std::string_view word) {
    return std::find(kConstants.begin(), kConstants.end(), word) != kConstants.end();
}

/// Words that may follow an expression, and so are no argument of a test in front of them.
bool ends_test(const Token& token) {
    constexpr auto kWords =
        std::to_array<std::string_view>({"else", "or", "and", "if", "is", "in"});
    return token.kind == TokenKind::name &&
           std::find(kWords.begin(), kWords.end(), token.text) != kWords.end();
}

/// Counts what is open while it lives.
class Nesting {
public:
    explicit Nesting(std::uint32_t& depth) : depth_(depth) { ++depth_; }
    ~Nesting() { --depth_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

private:
    std::uint32_t& depth_;
};

}  // namespace

void ExpressionReader::fail(std::string_view what, bool limit) {
    if (!fault_) fault_ = Fault{offset(), what, limit};
    at_ = tokens_.size();
}

bool ExpressionReader::take(TokenKind kind, std::string_view text) {
    const bool found = is(kind, text);
    if (found) ++at_;
    return found;
}

void ExpressionReader::expect_sign(std::string_view sign) {
    if (!take_sign(sign)) fail("a sign is missing");
}

void ExpressionReader::expect_word(std::string_view word) {
    if (!take_word(word)) fail("a word is missing");
}

std::string ExpressionReader::name() {
    if (at_end() || tokens_[at_].kind != TokenKind::name) {
        fail("a name is missing");
        return "";
    }
    return tokens_[at_++].text;
}

Index ExpressionReader::add(Op op, std::uint64_t offset, std::string text,
                            std::vector<Index> parts) {
    Node node{.op = op, .offset = offset, .text = std::move(text), .parts = std::move(parts)};
    for (const Index part : node.parts) node.depth = std::max(node.depth, nodes_[part].depth + 1);
    if (node.depth > kDeepestExpression) fail("deeper nesting than the limit allows", true);
    nodes_.push_back(std::move(node));
    return static_cast<Index>(nodes_.size() - 1);
}

Index ExpressionReader::nothing() { return add(Op::constant, offset(), "none", {}); }

Index ExpressionReader::tuple(bool with_condition) {
    const std::uint64_t at = offset();
    std::vector<Index> parts = {expression(with_condition)};
    if (!is_sign(",")) return parts.front();
    while (take_sign(",")) {
        if (at_end() || is_sign(")") || is_sign("=")) break;
        parts.push_back(expression(with_condition));
    }
    return add(Op::list, at, "", std::move(parts));
}

Index ExpressionReader::expression(bool with_condition) {
    const Nesting nesting(depth_);
    if (depth_ > kDeepestExpression) fail("deeper nesting than the limit allows", true);
    Index node = binary(1);
    while (with_condition && is_word("if")) {
        const std::uint64_t at = offset();
        take_word("if");
        const Index test = binary(1);
        const Index other = take_word("else") ? expression() : nothing();
        node = add(Op::condition, at, "", {test, node, other});
    }
    return node;
}

/// `not` in front of a comparison.
Index ExpressionReader::negation() {
    const Nesting nesting(depth_);
    if (depth_ > kDeepestExpression) fail("deeper nesting than the limit allows", true);
    const std::uint64_t at = offset();
    take_word("not");
    const Index operand = binary(kNot);
    return add(Op::unary, at, "not", {operand});
}

/// Everything that binds at least as strongly as `least`.
Index ExpressionReader::binary(int least) {
    Index left = least <= kNot && is_word("not") ? negation() : unary();
    while (!at_end() && tokens_[at_].kind != TokenKind::text) {
        const auto* row = std::find_if(kBinary.begin(), kBinary.end(), [&](const BinaryRow& r) {
            return tokens_[at_].text == r.sign;
        });
        if (row == kBinary.end() || row->strength < least) break;
        const std::uint64_t at = offset();
        ++at_;
        std::string sign(row->sign);
        if (sign == "not") {
            expect_word("in");
            sign = "not in";
        }
        const Index right = binary(row->strength + 1);
        const bool more = row->strength == kConcat && nodes_[left].op == Op::concat;
        if (more) {
            nodes_[left].parts.push_back(right);
            nodes_[left].depth = std::max(nodes_[left].depth, nodes_[right].depth + 1);
        } else {
            const Op op = row->strength == kConcat ? Op::concat : Op::binary;
            left = add(op, at, std::move(sign), {left, right});
        }
    }
    return left;
}

Index ExpressionReader::unary() {
    const Nesting nesting(depth_);
    if (depth_ > kDeepestExpression) fail("deeper nesting than the limit allows", true);
    const std::uint64_t at = offset();
    for (const std::string_view sign : {"-", "+"}) {
        if (take_sign(sign)) return add(Op::unary, at, std::string(sign), {unary()});
    }
    return postfixes(primary());
}

Index ExpressionReader::primary() {
    if (at_end()) {
        fail("an expression is missing");
        return nothing();
    }
    const Token& token = tokens_[at_];
    if (token.kind == TokenKind::sign) return bracketed();
    ++at_;
    if (token.kind == TokenKind::name) {
        return add(is_constant(token.text) ? Op::constant : Op::name, token.offset, token.text, {});
    }
    if (token.kind == TokenKind::real) return add(Op::constant, token.offset, token.text, {});
    if (token.kind == TokenKind::integer) {
        const Index node = add(Op::integer, token.offset, "", {});
        nodes_[node].number = token.number;
        return node;
    }
    const Index node = add(Op::text, token.offset, token.text, {});
    nodes_[node].escaped = token.escaped;
    nodes_[node].open = token.open;
    // Texts side by side are one.
    for (; !at_end() && tokens_[at_].kind == TokenKind::text; ++at_) {
        nodes_[node].text += tokens_[at_].text;
        nodes_[node].escaped = true;
        nodes_[node].open |= tokens_[at_].open;
    }
    return node;
}

Index ExpressionReader::bracketed() {
    if (take_sign("[")) return list("]");
    if (take_sign("{")) return dict();
    const std::uint64_t at = offset();
    if (!take_sign("(")) {
        fail("an expression is missing");
        return nothing();
    }
    if (take_sign(")")) return add(Op::list, at, "", {});
    const Index node = tuple();
    expect_sign(")");
    return node;
}

Index ExpressionReader::list(std::string_view close) {
    const std::uint64_t at = offset();
    std::vector<Index> parts;
    while (!at_end() && !is_sign(close)) {
        parts.push_back(expression());
        if (!take_sign(",")) break;
    }
    expect_sign(close);
    return add(Op::list, at, "", std::move(parts));
}

Index ExpressionReader::dict() {
    const std::uint64_t at = offset();
    std::vector<Index> parts;
    while (!at_end() && !is_sign("}")) {
        parts.push_back(expression());
        expect_sign(":");
        parts.push_back(expression());
        if (!take_sign(",")) break;
    }
    expect_sign("}");
    return add(Op::dict, at, "", std::move(parts));
}

Index ExpressionReader::postfixes(Index node) {
    while (!at_end()) {
        if (is_sign(".")) {
            node = member(node);
        } else if (is_sign("[")) {
            node = subscript(node);
        } else if (is_sign("(")) {
            const std::uint64_t at = offset();
            node = add(Op::call, at, "", arguments(node));
        } else if (take_sign("|")) {
            node = filter(node);
        } else if (take_word("is")) {
            node = test(node);
        } else {
            break;
        }
    }
    return node;
}

/// `.name`, or `.0`, which is an item.
Index ExpressionReader::member(Index node) {
    take_sign(".");
    const std::uint64_t at = offset();
    if (!at_end() && tokens_[at_].kind == TokenKind::integer) {
        const Index index = primary();
        return add(Op::item, at, "", {node, index});
    }
    return add(Op::attribute, at, name(), {node});
}

Index ExpressionReader::subscript(Index node) {
    const std::uint64_t at = offset();
    take_sign("[");
    const Index first = is_sign(":") ? nothing() : tuple();
    Index key = first;
    if (take_sign(":")) {
        const Index last = slice_part();
        const Index step = take_sign(":") ? slice_part() : nothing();
        key = add(Op::slice, at, "", {first, last, step});
    }
    expect_sign("]");
    return add(Op::item, at, "", {node, key});
}

Index ExpressionReader::slice_part() {
    return is_sign(":") || is_sign("]") ? nothing() : expression();
}

/// Dotted names are names of extensions.
Index ExpressionReader::filter(Index node) {
    const std::uint64_t at = offset();
    std::string called = name();
    while (take_sign(".")) called += "." + name();
    auto parts = is_sign("(") ? arguments(node) : std::vector<Index>{node};
    return add(Op::filter, at, std::move(called), std::move(parts));
}

Index ExpressionReader::filters() {
    Index node = add(Op::captured, offset(), "", {});
    take_sign("|");
    do {
        node = filter(node);
    } while (take_sign("|"));
    return node;
}

/// `is not name`, `is name(…)`, `is name argument`.
Index ExpressionReader::test(Index node) {
    const std::uint64_t at = offset();
    const bool negated = take_word("not");
    std::string called = name();
    while (take_sign(".")) called += "." + name();
    std::vector<Index> parts = {node};
    const auto begins_argument = [&] {
        if (at_end() || ends_test(tokens_[at_])) return false;
        return tokens_[at_].kind != TokenKind::sign || is_sign("[") || is_sign("{");
    };
    if (is_sign("(")) {
        parts = arguments(node);
    } else if (begins_argument()) {
        const Nesting nesting(depth_);
        if (depth_ > kDeepestExpression) fail("deeper nesting than the limit allows", true);
        const Index argument = primary();
        parts.push_back(argument);
    }
    const Index found = add(Op::test, at, std::move(called), std::move(parts));
    return negated ? add(Op::unary, at, "not", {found}) : found;
}

std::vector<Index> ExpressionReader::arguments(Index first) {
    std::vector<Index> parts = {first};
    expect_sign("(");
    while (!at_end() && !is_sign(")")) {
        const std::uint64_t at = offset();
        const bool named = tokens_[at_].kind == TokenKind::name && at_ + 1 < tokens_.size() &&
                           tokens_[at_ + 1].kind == TokenKind::sign && tokens_[at_ + 1].text == "=";
        if (named) {
            std::string keyword = name();
            take_sign("=");
            const Index value = expression();
            parts.push_back(add(Op::keyword, at, std::move(keyword), {value}));
        } else if (take_sign("**") || take_sign("*")) {
            const Index value = expression();
            parts.push_back(add(Op::spread, at, "", {value}));
        } else {
            parts.push_back(expression());
        }
        if (!take_sign(",")) break;
    }
    expect_sign(")");
    return parts;
}

}  // namespace pratique::jinja
// NOLINTEND(misc-no-recursion)
