// Statements and their suites.
#include "formats/python/tree.h"

#include <algorithm>
#include <array>

#include "formats/python/expression.h"
#include "formats/python/literal.h"

namespace pratique::python {
namespace {

struct Opening {
    std::string_view word;
    StatementKind kind;
};
/// Words that open a suite.
constexpr auto kOpenings = std::to_array<Opening>({
    {"if", StatementKind::if_},
    {"elif", StatementKind::elif_},
    {"else", StatementKind::else_},
    {"try", StatementKind::else_},
    {"finally", StatementKind::else_},
    {"while", StatementKind::while_},
    {"for", StatementKind::for_},
    {"with", StatementKind::with},
    {"except", StatementKind::except},
    {"def", StatementKind::def},
    {"class", StatementKind::class_},
});

/// Words before an expression that is of no further interest, or before none.
bool takes_expression(std::string_view word) {
    constexpr auto kWords = std::to_array<std::string_view>({"return", "raise", "del", "assert"});
    return std::ranges::find(kWords, word) != kWords.end();
}
bool stands_alone(std::string_view word) {
    constexpr auto kWords =
        std::to_array<std::string_view>({"pass", "break", "continue", "global", "nonlocal"});
    return std::ranges::find(kWords, word) != kWords.end();
}

class Statements {
public:
    Statements(Tree& tree, const Tokens& tokens) : tree_(tree), in_(tree, tokens.all) {}

    void run() {
        while (!in_.at(TokenKind::end)) {
            if (in_.at(TokenKind::newline)) {
                in_.advance();
            } else if (in_.at(TokenKind::indent)) {
                if (!header_) in_.fail();
                open_.push_back(header_ ? last_header_ : parent());
                header_ = false;
                in_.advance();
            } else if (in_.at(TokenKind::dedent)) {
                if (!open_.empty()) close(open_.back());
                if (!open_.empty()) open_.pop_back();
                in_.advance();
            } else {
                line();
            }
        }
    }

private:
    Index parent() const { return open_.empty() ? kNone : open_.back(); }
    Index count() const { return static_cast<Index>(tree_.statements.size()); }

    /// The suite of `statement` ends here.
    void close(Index statement) {
        if (statement != kNone) tree_.statements[statement].end = count();
    }

    /// Statements up to the end of the line; those behind a `:` are a suite.
    void line() {
        const std::size_t outer = open_.size();
        header_ = false;
        while (!in_.at(TokenKind::newline) && !in_.at(TokenKind::end)) {
            const Index here = count();
            const bool suite = statement();
            in_.forget_failure();
            if (suite && in_.at(TokenKind::newline)) {
                header_ = true;
                last_header_ = here;
            } else if (suite) {
                open_.push_back(here);
            }
        }
        for (; open_.size() > outer; open_.pop_back()) close(open_.back());
        in_.advance();
    }

    /// One statement with what ends it. True if it opens a suite.
    bool statement() {
        Statement made;
        made.begin = in_.begin();
        made.parent = parent();
        made.first_node = static_cast<Index>(tree_.nodes.size());
        made.first_root = static_cast<std::uint32_t>(tree_.roots.size());
        made.first_import = static_cast<Index>(tree_.imports.size());
        const bool suite = body(made);
        made.last_node = static_cast<Index>(tree_.nodes.size());
        made.root_count = static_cast<std::uint32_t>(tree_.roots.size()) - made.first_root;
        made.import_count = static_cast<Index>(tree_.imports.size()) - made.first_import;
        tree_.statements.push_back(made);
        tree_.statements.back().end = count();
        if (suite && !in_.failed() && in_.take(":")) return true;
        if (suite && !in_.failed()) in_.fail();
        if (!in_.failed() && !in_.take(";") && !in_.at(TokenKind::newline)) in_.fail();
        // What cannot be read is left out up to the end of its line.
        if (in_.failed()) ++tree_.broken;
        while (in_.failed() && !in_.at(TokenKind::newline) && !in_.at(TokenKind::end)) {
            in_.advance();
        }
        return false;
    }

    void root(Index node) {
        if (node != kNone) tree_.roots.push_back(node);
    }

    bool body(Statement& made) {
        if (in_.at("async") && (in_.before("def") || in_.before("for") || in_.before("with"))) {
            in_.advance();
        }
        const std::string_view word = in_.at(TokenKind::name) ? in_.word() : std::string_view{};
        const auto* opening = std::ranges::find(kOpenings, word, &Opening::word);
        if (opening != kOpenings.end()) {
            made.kind = opening->kind;
            in_.advance();
            header(made);
            return true;
        }
        if (in_.take("@")) {
            made.kind = StatementKind::decorator;
            root(in_.expression());
        } else if (word == "import" || word == "from") {
            made.kind = StatementKind::import_;
            in_.advance();
            word == "import" ? import_names() : import_from();
        } else if (takes_expression(word)) {
            made.kind = StatementKind::return_;
            in_.advance();
            if (!at_end()) root(in_.list());
            if (in_.take("from")) root(in_.expression());
        } else if (stands_alone(word)) {
            made.kind = StatementKind::plain;
            in_.advance();
            if (!at_end()) root(in_.list());
        } else if (is_match(word)) {
            return match(made);
        } else {
            simple(made, word);
        }
        return false;
    }

    bool at_end() const {
        return in_.at(TokenKind::newline) || in_.at(TokenKind::end) || in_.at(";");
    }

    void header(Statement& made) {
        switch (made.kind) {
            case StatementKind::def:
            case StatementKind::class_: return definition(made);
            case StatementKind::for_:
                root(in_.target_list());
                if (!in_.take("in") && !in_.failed()) in_.fail();
                if (!in_.failed()) root(in_.list());
                return;
            case StatementKind::with: return contexts();
            case StatementKind::except:
                in_.take("*");
                if (!in_.at(":")) root(in_.list());
                if (in_.take("as")) in_.advance();
                return;
            case StatementKind::else_: return;
            case StatementKind::if_:
            case StatementKind::elif_:
            case StatementKind::while_: return root(in_.expression());
            case StatementKind::expression:
            case StatementKind::assign:
            case StatementKind::augmented:
            case StatementKind::import_:
            case StatementKind::decorator:
            case StatementKind::match:
            case StatementKind::return_:
            case StatementKind::plain: return;
        }
    }

    void definition(Statement& made) {
        if (!in_.at(TokenKind::name)) return in_.fail();
        made.name = in_.word();
        in_.advance();
        if (in_.at("[")) in_.skip_brackets();  // type parameters
        if (in_.take("(")) {
            std::vector<Index> parts;
            if (made.kind == StatementKind::class_) {
                in_.arguments(parts);
            } else {
                in_.parameters(")", parts);
                if (!in_.take(")") && !in_.failed()) in_.fail();
            }
            for (const Index part : parts) root(part);
        } else if (made.kind == StatementKind::def) {
            in_.fail();
        }
        if (!in_.failed() && in_.take("->")) root(in_.expression());
    }

    void contexts() {
        do root(in_.context());
        while (!in_.failed() && in_.take(","));
    }

    /// `match` and `case` are names wherever no suite follows.
    bool is_match(std::string_view word) const {
        return (word == "match" || word == "case") && in_.opens_suite();
    }

    bool match(Statement& made) {
        const bool pattern = in_.at("case");
        made.kind = StatementKind::match;
        in_.advance();
        // Patterns name what they bind and compare with, and call nothing; their guards may.
        std::vector<Index> names;
        if (pattern) in_.pattern(names);
        for (const Index name : names) root(name);
        if (!pattern || in_.take("if")) root(in_.list());
        return true;
    }

    void simple(Statement& made, std::string_view word) {
        made.kind = StatementKind::expression;
        if (in_.at_old_call()) return root(in_.old_call());
        if (word == "type" && in_.before_name()) in_.advance();
        root(in_.list());
        if (in_.failed()) return;
        if (in_.take(":")) {  // an annotation: its calls are made, its value is nobody's
            made.kind = StatementKind::assign;
            (void)in_.expression();
        }
        while (!in_.failed() && in_.take("=")) {
            made.kind = StatementKind::assign;
            root(in_.list());
        }
        if (!in_.failed() && in_.at(TokenKind::op) && in_.word().size() > 1 &&
            in_.word().ends_with('=')) {
            made.kind = StatementKind::augmented;
            in_.advance();
            root(in_.list());
        }
    }

    void import_names() {
        do {
            Import made;
            made.module = dotted();
            if (in_.take("as")) made.bound = identifier();
            tree_.imports.push_back(std::move(made));
        } while (!in_.failed() && in_.take(","));
    }

    void import_from() {
        Import common;
        while (in_.at(".") || in_.at("...")) {
            common.dots += static_cast<std::uint32_t>(in_.word().size());
            in_.advance();
        }
        if (!in_.at("import")) common.module = dotted();
        if (!in_.take("import")) return in_.fail();
        const bool bracket = in_.take("(");
        do {
            if (bracket && in_.at(")")) break;
            Import made = common;
            made.name = in_.take("*") ? "*" : identifier();
            made.bound = in_.take("as") ? identifier() : made.name;
            tree_.imports.push_back(std::move(made));
        } while (!in_.failed() && in_.take(","));
        if (bracket && !in_.take(")") && !in_.failed()) in_.fail();
    }

    std::string identifier() {
        if (!in_.at(TokenKind::name)) {
            in_.fail();
            return {};
        }
        std::string name = read_name(in_.word());
        in_.advance();
        return name;
    }

    std::string dotted() {
        std::string out = identifier();
        while (!in_.failed() && in_.take(".")) out += "." + identifier();
        return out;
    }

    Tree& tree_;
    Expressions in_;
    std::vector<Index> open_;  // statements whose suites are open
    bool header_ = false;      // the line before ended with the `:` of last_header_
    Index last_header_ = kNone;
};

}  // namespace

Tree parse(std::string_view source) {
    Tree tree;
    tree.source = source;
    const Tokens tokens = tokenize(source);
    if (!tokens.error || tokens.error->code != Errc::limit_bytes) Statements(tree, tokens).run();
    if (tokens.error && (!tree.error || tokens.error->offset <= tree.error->offset)) {
        tree.error = tokens.error;
    }
    return tree;
}

}  // namespace pratique::python
