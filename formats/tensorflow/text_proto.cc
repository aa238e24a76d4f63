#include "formats/tensorflow/text_proto.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

#include "base/limits.h"
#include "base/text.h"
#include "formats/tensorflow/text_names.h"

namespace pratique::tensorflow {
namespace {

constexpr std::uint64_t kMostText = 32 * kMiB;
constexpr std::size_t kMostNesting = 100;
/// A length is written before what it is of is known: in as many bytes as any length needs.
constexpr std::size_t kLengthBytes = 5;

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-' || c == '+';
}

std::optional<std::uint32_t> digit(char c, std::uint32_t base) {
    std::uint32_t value = base;
    if (c >= '0' && c <= '9') value = static_cast<std::uint32_t>(c - '0');
    if (c >= 'a' && c <= 'f') value = static_cast<std::uint32_t>(c - 'a') + 10;
    if (c >= 'A' && c <= 'F') value = static_cast<std::uint32_t>(c - 'A') + 10;
    return value < base ? std::optional(value) : std::nullopt;
}

/// The text in pieces: words, quoted texts and single characters.
class Tokens {
public:
    /// Protobuf passes over the mark that UTF-8 may have in front.
    explicit Tokens(std::string_view text)
        : text_(text), at_(text.starts_with("\xef\xbb\xbf") ? 3 : 0) {}

    std::uint64_t offset() const { return at_; }
    bool at_end() const { return at_ == text_.size(); }
    Error error(Errc code) const { return {code, at_}; }

    /// The next character that counts, or NUL at the end.
    char peek() {
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == '#') {
                at_ = std::min(text_.find('\n', at_), text_.size());
            } else if (c == ' ' || (c >= '\t' && c <= '\r')) {
                ++at_;
            } else {
                return c;
            }
        }
        return '\0';
    }

    bool accept(char c) {
        if (peek() != c || at_ >= text_.size()) return false;
        ++at_;
        return true;
    }

    std::string_view word() {
        peek();
        const std::size_t begin = at_;
        while (at_ < text_.size() && is_word(text_[at_])) ++at_;
        return text_.substr(begin, at_ - begin);
    }

    bool is_quote() {
        const char c = peek();
        return c == '"' || c == '\'';
    }

    Status quoted(std::string& out) {
        const char quote = text_[at_++];
        for (;;) {
            const auto c = next();
            if (!c || *c == '\n') return error(Errc::truncated);
            if (*c == quote) return {};
            if (*c == '\\') {
                TRY(escaped(out));
            } else {
                out += *c;
            }
        }
    }

private:
    std::optional<char> next() {
        return at_ < text_.size() ? std::optional(text_[at_++]) : std::nullopt;
    }

    /// Up to `most` digits.
    std::optional<std::uint32_t> digits(std::uint32_t base, std::size_t most) {
        std::optional<std::uint32_t> value;
        for (std::size_t i = 0; i < most && at_ < text_.size(); ++i) {
            const auto one = digit(text_[at_], base);
            if (!one) break;
            value = value.value_or(0) * base + *one;
            ++at_;
        }
        return value;
    }

    Status escaped(std::string& out) {
        constexpr std::string_view kLetters = "nrtabfv\\'\"?";
        constexpr std::string_view kMeanings = "\n\r\t\a\b\f\v\\'\"?";
        const auto c = next();
        if (!c) return error(Errc::truncated);
        if (const auto simple = kLetters.find(*c); simple != std::string_view::npos) {
            out += kMeanings[simple];
            return {};
        }
        std::optional<std::uint32_t> value;
        if (*c == 'u' || *c == 'U') {
            value = digits(16, *c == 'u' ? 4 : 8);
            if (!value || *value > 0x10ffff) return error(Errc::bad_text);
            append_utf8(out, *value);
            return {};
        }
        if (*c == 'x' || *c == 'X') {
            value = digits(16, 2);
        } else {
            --at_;
            value = digits(8, 3);
        }
        if (!value) return error(Errc::bad_text);
        out += static_cast<char>(*value & 0xff);
        return {};
    }

    std::string_view text_;
    std::size_t at_;
};

class Encoder {
public:
    explicit Encoder(std::string_view text) : in_(text) {}

    Result<Encoded> run(Type root) {
        open_.push_back({root, '\0', 0, false});
        while (in_.peek() != '\0' || open_.size() > 1) TRY(step());
        if (!in_.at_end()) return in_.error(Errc::bad_text);
        return std::move(out_);
    }

private:
    struct Open {
        Type type;
        char close;
        std::size_t length_at;  ///< of its length in the bytes; unless it is skipped
        bool in_list;           ///< more of its kind may follow
        const Name* name = nullptr;
    };

    Status step() {
        const char c = in_.peek();
        if (c == '\0') return in_.error(Errc::truncated);
        if (open_.size() > 1 && in_.accept(open_.back().close)) return close();
        if (in_.accept(',') || in_.accept(';')) return {};
        return read_field();
    }

    Status read_field() {
        const std::uint64_t at = in_.offset();
        std::string_view word;
        if (in_.accept('[')) {  // an extension, or what an Any holds
            while (in_.accept('/') || !(word = in_.word()).empty()) {
            }
            if (!in_.accept(']')) return in_.error(Errc::bad_header);
            word = kAnyType;
        } else {
            word = in_.word();
            if (word.empty()) return in_.error(Errc::bad_header);
        }
        const Name* name = find(open_.back().type, word);
        if (name != nullptr) out_.places.emplace_back(out_.bytes.size(), at);
        const bool colon = in_.accept(':');
        if (in_.accept('[')) return read_list(name);
        if (in_.accept('{')) return open(name, '}', false);
        if (in_.accept('<')) return open(name, '>', false);
        return colon ? read_value(name) : Status(in_.error(Errc::bad_header));
    }

    /// Behind a "[".
    Status read_list(const Name* name) {
        for (;;) {
            if (in_.accept(']')) return {};
            if (in_.accept('{')) return open(name, '}', true);
            if (in_.accept('<')) return open(name, '>', true);
            if (!in_.accept(',')) TRY(read_value(name));
        }
    }

    Status open(const Name* name, char close, bool in_list) {
        if (open_.size() > kMostNesting) return in_.error(Errc::limit_depth);
        const bool is_message = name != nullptr && name->type > Type::number;
        if (is_message) {
            tag(*name, 2);
            out_.bytes.resize(out_.bytes.size() + kLengthBytes);
        }
        open_.push_back(
            {is_message ? name->type : Type::skip, close, out_.bytes.size(), in_list, name});
        return {};
    }

    Status close() {
        const Open done = open_.back();
        open_.pop_back();
        if (done.type != Type::skip) {
            std::uint64_t length = out_.bytes.size() - done.length_at;
            for (std::size_t i = 0; i < kLengthBytes; ++i, length >>= 7) {
                const std::uint64_t more = i + 1 < kLengthBytes ? 0x80 : 0;
                out_.bytes[done.length_at - kLengthBytes + i] =
                    static_cast<std::byte>((length & 0x7f) | more);
            }
        }
        return done.in_list ? read_list(done.name) : Status{};
    }

    Status read_value(const Name* name) {
        if (in_.is_quote()) {
            std::string value;
            while (in_.is_quote()) TRY(in_.quoted(value));
            if (name != nullptr && name->type == Type::text) put_text(*name, value);
            return {};
        }
        const std::string_view word = in_.word();
        if (word.empty()) return in_.error(Errc::bad_header);
        if (name != nullptr && name->type == Type::number) {
            tag(*name, 0);
            varint(number(word));
        }
        return {};
    }

    /// Of enumerations only the one is known that matters: that a tensor is of texts.
    static std::uint64_t number(std::string_view word) {
        if (word == "DT_STRING") return 7;
        std::uint64_t value = 0;
        std::from_chars(word.data(), word.data() + word.size(), value);  // NOLINT: its end
        return value;
    }

    void tag(const Name& name, unsigned wire) { varint(std::uint64_t{name.number} << 3 | wire); }

    void varint(std::uint64_t value) {
        for (; value >= 0x80; value >>= 7) {
            out_.bytes.push_back(static_cast<std::byte>(value | 0x80));
        }
        out_.bytes.push_back(static_cast<std::byte>(value));
    }

    void put_text(const Name& name, std::string_view value) {
        tag(name, 2);
        varint(value.size());
        const Bytes bytes = as_bytes(value);
        out_.bytes.insert(out_.bytes.end(), bytes.begin(), bytes.end());
    }

    Tokens in_;
    std::vector<Open> open_;
    Encoded out_;
};

Type root_of(TextKind kind) {
    switch (kind) {
        case TextKind::saved_model: return Type::saved_model;
        case TextKind::meta_graph: return Type::meta_graph;
        case TextKind::graph: return Type::graph;
        case TextKind::checkpoint: return Type::checkpoint;
        case TextKind::no: break;
    }
    return Type::skip;
}

bool skip_value(Tokens& in) {
    if (!in.is_quote()) return !in.word().empty();
    std::string value;
    while (in.is_quote()) {
        if (!in.quoted(value)) return false;
    }
    return true;
}

/// Behind a "[".
bool skip_list(Tokens& in) {
    while (!in.accept(']')) {
        if (!skip_value(in)) return false;
        in.accept(',');
    }
    return true;
}

/// By the name of a field of the outermost message.
TextKind kind_of(std::string_view name, bool is_message) {
    if (find(Type::checkpoint, name) != nullptr && !is_message) return TextKind::checkpoint;
    for (const TextKind kind : {TextKind::saved_model, TextKind::meta_graph, TextKind::graph}) {
        const Name* found = find(root_of(kind), name);
        if (found != nullptr && is_message) return kind;
    }
    return TextKind::no;
}

}  // namespace

/// Plain fields may stand in front (`version: 1`), as they do in YAML; a message tells.
TextKind recognise_text(Bytes bytes) {
    constexpr std::size_t kFront = 64 * kKiB;
    Tokens in(text(slice(bytes, 0, kFront)));
    for (;;) {
        while (in.accept(',') || in.accept(';')) {
        }
        const std::string_view name = in.word();
        if (name.empty()) return TextKind::no;
        const bool colon = in.accept(':');
        const bool list = in.accept('[');
        if (in.accept('{') || in.accept('<')) return kind_of(name, true);
        if (!colon) return TextKind::no;
        if (in.is_quote() && kind_of(name, false) == TextKind::checkpoint) {
            return TextKind::checkpoint;
        }
        if (!(list ? skip_list(in) : skip_value(in))) return TextKind::no;
    }
}

std::uint64_t Encoded::place(std::uint64_t at) const {
    const auto behind =
        std::ranges::upper_bound(places, at, {}, [](const auto& p) { return p.first; });
    return behind == places.begin() ? 0 : std::prev(behind)->second;
}

Result<Encoded> encode(Bytes bytes, TextKind kind) {
    if (bytes.size() > kMostText) return Error{Errc::limit_bytes, kMostText};
    return Encoder(text(bytes)).run(root_of(kind));
}

}  // namespace pratique::tensorflow
