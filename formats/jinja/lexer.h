// A Jinja template as pieces: text that is copied out, and tags with the tokens inside of them.
//
//   text {{ expression }} text {% statement %} text {# comment #} {% raw %} text {% endraw %}
//
//   {%-  -%}   strip white space on that side; {%+ leaves it
//   tokens     names, 'text' with Python's escapes, numbers, operators
//
// The delimiters are those that nobody changes: transformers, llama.cpp and vLLM all keep them. A
// tag ends at its delimiter outside of brackets and text, as in Jinja's own lexer.
//
// Source: jinja2 3.1, lexer.py; transformers 4.5x, utils/chat_template_utils.py.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pratique::jinja {

enum class TokenKind : std::uint8_t { name, text, integer, real, sign };

struct Token {
    TokenKind kind{};
    /// A name or sign as written, a text with its escapes resolved.
    std::string text;
    std::int64_t number = 0;   // of integers; too large a one is INT64_MAX
    std::uint64_t offset = 0;  // in the template
    bool escaped = false;      // the text is not the one that is written
    bool open = false;         // an escape that is not resolved here: \N{…}
};

enum class PieceKind : std::uint8_t { text, output, statement };

struct Piece {
    PieceKind kind{};
    std::uint64_t offset = 0;
    std::string_view text;  // of text, without what the tags around it strip
    std::vector<Token> tokens;
};

/// What keeps a template from being one. `what` is a sentence that ends without a stop.
struct Fault {
    std::uint64_t offset = 0;
    std::string_view what;
    bool limit = false;  // nothing is wrong, it is only too much
};

struct Pieces {
    std::vector<Piece> pieces;
    std::vector<Fault> faults;  // pieces before, between and behind are there all the same
};

/// Most bytes of a template, and most tokens. Real ones reach 80 kB.
inline constexpr std::size_t kLongestTemplate = 1 << 20;
inline constexpr std::size_t kMostTokens = 300'000;

/// Whether there is a tag in the text: `{{` or `{%`, and an end behind it.
bool has_tags(std::string_view text);

/// Thread-safe; memory in proportion to the template.
Pieces split(std::string_view text);

}  // namespace pratique::jinja
