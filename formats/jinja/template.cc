#include "formats/jinja/template.h"

#include <algorithm>
#include <array>

#include "formats/jinja/expression.h"

namespace pratique::jinja {
namespace {

/// A statement by its word. What ends it is "end" and the word.
struct Word {
    std::string_view word;
    Kind kind;
    bool has_body;
};

constexpr auto kWords = std::to_array<Word>({
    {"for", Kind::loop, true},         {"if", Kind::when, true},
    {"elif", Kind::when, true},        {"else", Kind::otherwise, true},
    {"set", Kind::assign, false},      {"macro", Kind::macro, true},
    {"call", Kind::call, true},        {"filter", Kind::filter, true},
    {"with", Kind::with, true},        {"block", Kind::block, true},
    {"include", Kind::load, false},    {"import", Kind::load, false},
    {"from", Kind::load, false},       {"extends", Kind::load, false},
    {"do", Kind::evaluate, false},     {"break", Kind::plain, false},
    {"continue", Kind::plain, false},  {"generation", Kind::plain, true},
    {"autoescape", Kind::plain, true},
});

class Parser {
public:
    explicit Parser(Template& out) : out_(out) {}

    void run(std::string_view text) {
        Pieces pieces = split(text);
        out_.faults = std::move(pieces.faults);
        for (const Piece& piece : pieces.pieces) read(piece);
        while (!open_.empty()) {
            fault(out_.statements[open_.back().statement].offset, "a statement without an end");
            close();
        }
    }

private:
    struct Open {
        std::string_view word;
        Index statement;
    };

    void fault(std::uint64_t offset, std::string_view what, bool limit = false) {
        out_.faults.push_back({offset, what, limit});
    }

    Statement& add(Kind kind, std::uint64_t offset) {
        const auto next = static_cast<Index>(out_.statements.size());
        out_.statements.push_back({.kind = kind, .offset = offset, .end = next + 1});
        return out_.statements.back();
    }

    void close() {
        out_.statements[open_.back().statement].end = static_cast<Index>(out_.statements.size());
        open_.pop_back();
    }

    void read(const Piece& piece) {
        if (piece.kind == PieceKind::text) {
            add(Kind::text, piece.offset).text = piece.text;
            return;
        }
        const std::uint64_t end = piece.tokens.empty() ? piece.offset : piece.tokens.back().offset;
        ExpressionReader in(piece.tokens, end, out_.nodes);
        if (piece.kind == PieceKind::output) {
            const Index value = in.tuple();
            add(Kind::output, piece.offset).parts = {value};
        } else {
            read_statement(in, piece.offset);
        }
        if (!in.at_end()) in.fail("something behind the expression");
        if (!in.fault()) return;
        out_.faults.push_back(*in.fault());
        for (const Token& token : piece.tokens) {
            if (token.kind == TokenKind::name || token.kind == TokenKind::text) {
                out_.unread.push_back(token);
            }
        }
    }

    void read_statement(ExpressionReader& in, std::uint64_t offset) {
        const std::string word = in.name();
        if (word.starts_with("end")) return read_end(in, std::string_view(word).substr(3), offset);
        const auto* row = std::find_if(kWords.begin(), kWords.end(),
                                       [&](const Word& w) { return w.word == word; });
        if (row == kWords.end()) return in.fail("a statement that is not known");
        if (word == "elif" || word == "else") {
            if (open_.empty() || !continues(word)) return in.fail("a branch of nothing");
            close();
        }
        const auto index = static_cast<Index>(out_.statements.size());
        Statement& statement = add(row->kind, offset);
        statement.text = row->word;
        const bool has_body = read_parts(in, statement) || row->has_body;
        if (!has_body) return;
        if (open_.size() == kDeepestStatement) {
            return in.fail("deeper nesting than the limit allows", true);
        }
        open_.push_back({row->word, index});
    }

    bool continues(std::string_view word) const {
        const std::string_view open = open_.back().word;
        return open == "if" || open == "elif" || (open == "for" && word == "else");
    }

    void read_end(ExpressionReader& in, std::string_view word, std::uint64_t offset) {
        const auto matches = [&](std::string_view open) {
            if (open == "elif") return word == "if";
            return open == word || (open == "else" && (word == "if" || word == "for"));
        };
        if (open_.empty() || !matches(open_.back().word)) {
            return fault(offset, "an end without a beginning");
        }
        close();
        if (word == "block" && !in.at_end()) in.name();
    }

    /// What stands behind the word. True if, other than its word says, it has a body.
    bool read_parts(ExpressionReader& in, Statement& statement) {
        switch (statement.kind) {
            case Kind::loop: read_loop(in, statement); break;
            case Kind::when:
            case Kind::evaluate: statement.parts = {in.tuple()}; break;
            case Kind::assign: return read_assignment(in, statement);
            case Kind::macro:
                statement.names.push_back(in.name());
                read_parameters(in, statement);
                break;
            case Kind::call: read_call(in, statement); break;
            case Kind::filter: statement.parts = {in.filters()}; break;
            case Kind::with: read_with(in, statement); break;
            case Kind::block:
                statement.names.push_back(in.name());
                while (in.take_word("scoped") || in.take_word("required")) {
                }
                break;
            case Kind::load: read_load(in, statement); break;
            case Kind::plain:
                if (statement.text == "autoescape") statement.parts = {in.expression()};
                break;
            case Kind::otherwise:
            case Kind::text:
            case Kind::output:
            case Kind::capture: break;
        }
        return false;
    }

    /// `a`, `ns.a`, or a list of them, with or without brackets.
    static void read_targets(ExpressionReader& in, Statement& statement) {
        const bool bracketed = in.take_sign("(");
        do {
            std::string target = in.name();
            if (in.take_sign(".")) target += "." + in.name();
            statement.names.push_back(std::move(target));
        } while (in.take_sign(",") && !in.is_sign(")") && !in.is_word("in"));
        if (bracketed) in.expect_sign(")");
    }

    static void read_loop(ExpressionReader& in, Statement& statement) {
        read_targets(in, statement);
        in.expect_word("in");
        statement.parts.push_back(in.tuple(false));
        if (in.take_word("if")) statement.parts.push_back(in.expression());
        in.take_word("recursive");
    }

    static bool read_assignment(ExpressionReader& in, Statement& statement) {
        read_targets(in, statement);
        if (in.take_sign("=")) {
            statement.parts = {in.tuple()};
            return false;
        }
        statement.kind = Kind::capture;
        if (in.is_sign("|")) statement.parts = {in.filters()};
        return true;
    }

    static void read_parameters(ExpressionReader& in, Statement& statement) {
        in.expect_sign("(");
        while (!in.at_end() && !in.is_sign(")")) {
            statement.names.push_back(in.name());
            if (in.take_sign("=")) statement.parts.push_back(in.expression());
            if (!in.take_sign(",")) break;
        }
        in.expect_sign(")");
    }

    static void read_call(ExpressionReader& in, Statement& statement) {
        if (in.is_sign("(")) read_parameters(in, statement);
        statement.parts = {in.expression()};
    }

    static void read_with(ExpressionReader& in, Statement& statement) {
        while (!in.at_end()) {
            statement.names.push_back(in.name());
            in.expect_sign("=");
            statement.parts.push_back(in.expression());
            if (!in.take_sign(",")) break;
        }
    }

    static void read_load(ExpressionReader& in, Statement& statement) {
        statement.parts = {in.expression()};
        const auto take_context = [&] {
            if (in.take_word("with") || in.take_word("without")) in.expect_word("context");
        };
        if (statement.text == "include") {
            if (in.take_word("ignore")) in.expect_word("missing");
            return take_context();
        }
        if (statement.text == "import") {
            in.expect_word("as");
            statement.names.push_back(in.name());
            return take_context();
        }
        if (statement.text != "from") return;
        in.expect_word("import");
        do {
            std::string name = in.name();
            statement.names.push_back(in.take_word("as") ? in.name() : std::move(name));
        } while (in.take_sign(","));
        take_context();
    }

    Template& out_;
    std::vector<Open> open_;
};

}  // namespace

Template parse(std::string_view text) {
    Template out;
    Parser(out).run(text);
    return out;
}

}  // namespace pratique::jinja
