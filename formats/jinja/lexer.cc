#include "formats/jinja/lexer.h"

#include <algorithm>
#include <array>

#include "formats/jinja/literal.h"

namespace pratique::jinja {
namespace {

constexpr std::string_view kSpace = " \t\r\n\f\v";

// The longer first: the first that matches is taken.
constexpr auto kSigns = std::to_array<std::string_view>(
    {"//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[",
     "]",  "(",  ")",  "{",  "}",  ">",  "<", "=", ".", ":", "|", ",", ";"});

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Of names Python's; what is no ASCII counts as a letter.
bool is_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}

class Lexer {
public:
    explicit Lexer(std::string_view text) : text_(text) {}

    Pieces run() {
        while (at_ < text_.size() && !over_) next();
        return std::move(out_);
    }

private:
    std::string_view rest() const { return text_.substr(at_); }
    bool left(std::string_view prefix) const { return rest().starts_with(prefix); }
    void fault(std::uint64_t offset, std::string_view what) {
        out_.faults.push_back({offset, what});
    }

    bool opens(std::size_t at) const {
        const char second = text_.substr(at).size() < 2 ? ' ' : text_[at + 1];
        return second == '{' || second == '%' || second == '#';
    }

    void next() {
        auto brace = text_.find('{', at_);
        while (brace != std::string_view::npos && !opens(brace)) brace = text_.find('{', brace + 1);
        brace = std::min(brace, text_.size());
        add_text(brace);
        at_ = brace;
        if (left("{#")) return skip_comment();
        if (left("{{")) return add_tag(PieceKind::output, "}}");
        if (left("{%")) return add_tag(PieceKind::statement, "%}");
    }

    void add_text(std::size_t end) {
        std::string_view found = text_.substr(at_, end - at_);
        if (strip_next_)
            found.remove_prefix(std::min(found.find_first_not_of(kSpace), found.size()));
        strip_next_ = false;
        if (text_.substr(end).size() > 2 && text_[end + 2] == '-') {
            const auto last = found.find_last_not_of(kSpace);
            found = last == std::string_view::npos ? "" : found.substr(0, last + 1);
        }
        if (!found.empty()) out_.pieces.push_back({PieceKind::text, at_, found, {}});
    }

    void skip_comment() {
        const auto end = text_.find("#}", at_ + 2);
        if (end == std::string_view::npos) {
            fault(at_, "a comment without an end");
            at_ = text_.size();
            return;
        }
        strip_next_ = text_[end - 1] == '-';
        at_ = end + 2;
    }

    /// Tokens up to the end of the tag. What is wrong in one leaves the others to be read.
    void add_tag(PieceKind kind, std::string_view end) {
        Piece piece{kind, at_, {}, {}};
        const std::size_t begin = at_;
        at_ += 2;
        if (left("-") || left("+")) ++at_;
        brackets_.clear();
        while (true) {
            at_ = std::min(text_.find_first_not_of(kSpace, at_), text_.size());
            if (at_ == text_.size()) {
                fault(begin, "a tag without an end");
                break;
            }
            if (brackets_.empty() && ends(end)) break;
            if (!add_token(piece)) {
                fault(at_, "a character that no token begins with");
                at_ = std::min(text_.find(end, at_), text_.size());
                brackets_.clear();
            }
            if (over_) return;
        }
        if (kind == PieceKind::statement && piece.tokens.size() == 1 &&
            piece.tokens[0].text == "raw") {
            return add_raw();
        }
        out_.pieces.push_back(std::move(piece));
    }

    bool ends(std::string_view end) {
        const bool strips = left("-") && rest().substr(1).starts_with(end);
        const bool keeps = left("+") && rest().substr(1).starts_with(end);
        if (!strips && !keeps && !left(end)) return false;
        strip_next_ = strips;
        at_ += end.size();
        if (strips || keeps) ++at_;
        return true;
    }

    /// `{% endraw %}` is looked for as it is written, and nothing else is understood before it.
    void add_raw() {
        for (auto end = text_.find("{%", at_); end != std::string_view::npos;
             end = text_.find("{%", end + 2)) {
            std::size_t name = end + 2;
            if (name < text_.size() && (text_[name] == '-' || text_[name] == '+')) ++name;
            name = std::min(text_.find_first_not_of(kSpace, name), text_.size());
            if (!text_.substr(name).starts_with("endraw")) continue;
            add_text(end);
            const auto close = text_.find("%}", name);
            strip_next_ = close != std::string_view::npos && text_[close - 1] == '-';
            at_ = close == std::string_view::npos ? text_.size() : close + 2;
            return;
        }
        fault(at_, "a raw text without an end");
        at_ = text_.size();
    }

    bool add_token(Piece& piece) {
        if (++tokens_ > kMostTokens) {
            over_ = true;
            out_.faults.push_back({at_, "more tokens than the limit allows", true});
            return true;
        }
        Token token;
        token.offset = at_;
        const char c = text_[at_];
        const bool read = c == '\'' || c == '"' ? read_text(token)
                          : is_digit(c)         ? read_number(token, piece)
                          : is_name(c)          ? read_name(token)
                                                : read_sign(token);
        if (read) piece.tokens.push_back(std::move(token));
        return read;
    }

    bool read_name(Token& token) {
        token.kind = TokenKind::name;
        const auto* end = std::find_if_not(text_.begin() + at(), text_.end(), is_name);
        token.text.assign(text_.begin() + at(), end);
        at_ += token.text.size();
        return true;
    }

    bool read_text(Token& token) {
        const char quote = text_[at_];
        std::size_t end = at_ + 1;
        while (end < text_.size() && text_[end] != quote) end += text_[end] == '\\' ? 2U : 1U;
        if (end >= text_.size()) return false;
        const auto literal = unescape(text_.substr(at_ + 1, end - at_ - 1));
        token.kind = TokenKind::text;
        token.text = literal.text;
        token.escaped = literal.escaped;
        token.open = literal.open;
        at_ = end + 1;
        return true;
    }

    bool read_number(Token& token, const Piece& piece) {
        // Behind a point it is an index: `x.0.1`.
        const bool index = !piece.tokens.empty() && piece.tokens.back().text == ".";
        const auto number = read_digits(rest(), !index);
        token.kind = number.real ? TokenKind::real : TokenKind::integer;
        token.number = number.value;
        token.text = rest().substr(0, number.length);
        at_ += number.length;
        return true;
    }

    bool read_sign(Token& token) {
        const auto* sign =
            std::find_if(kSigns.begin(), kSigns.end(), [&](std::string_view s) { return left(s); });
        if (sign == kSigns.end()) return false;
        token.kind = TokenKind::sign;
        token.text = *sign;
        at_ += sign->size();
        const char c = sign->front();
        if (c == '(' || c == '[' || c == '{') brackets_.push_back(c);
        if ((c == ')' || c == ']' || c == '}') && !brackets_.empty()) brackets_.pop_back();
        return true;
    }

    std::ptrdiff_t at() const { return static_cast<std::ptrdiff_t>(at_); }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t tokens_ = 0;
    bool over_ = false;
    bool strip_next_ = false;
    std::string brackets_;
    Pieces out_;
};

}  // namespace

bool has_tags(std::string_view text) {
    const auto output = text.find("{{");
    const auto statement = text.find("{%");
    const auto npos = std::string_view::npos;
    return (output != npos && text.find("}}", output) != npos) ||
           (statement != npos && text.find("%}", statement) != npos);
}

Pieces split(std::string_view text) {
    if (text.size() > kLongestTemplate) {
        return {{}, {{0, "a template above the limit of one MiB", true}}};
    }
    return Lexer(text).run();
}

}  // namespace pratique::jinja
