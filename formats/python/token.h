// Python source as tokens, of Python 3 and of what Python 2 wrote differently. What a grep of the
// text gets wrong is settled here: a name in a comment or in a text is no name, a line may go on
// behind a backslash or inside brackets, a carriage return ends a line, and a comment with it.
//
//   def f(x):        name name op name op op newline
//       return x     indent name name newline
//   y = f'{x}' \     dedent name op string
//       b"\n"        string newline end
//
// A formatted text is one token, whatever stands in its braces. Sources: docs.python.org, "Lexical
// analysis", of 3.12 and 2.7; CPython's Parser/tokenizer.c for the limits.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"

namespace pratique::python {

/// Longer sources are not taken apart: nobody writes them, and their tree needs thirty times more.
inline constexpr std::uint64_t kLongestSource = 4 * kMiB;
/// Open brackets and indented blocks that CPython allows: 200 and 100.
inline constexpr std::size_t kMostNested = 200;
inline constexpr std::size_t kMostIndented = 100;
/// Formatted texts inside each other; each is read once per text around it.
inline constexpr std::size_t kMostFormatted = 20;

enum class TokenKind : std::uint8_t { name, number, string, op, newline, indent, dedent, end };

struct Token {
    TokenKind kind{};
    std::uint32_t begin = 0;
    std::uint32_t length = 0;

    std::string_view in(std::string_view source) const { return source.substr(begin, length); }
};

struct Tokens {
    /// Ends with a newline, the dedents that are due, and `end`, even behind an error.
    std::vector<Token> all;
    /// bad_text: no token, or a text that does not end; limit_depth; limit_bytes.
    std::optional<Error> error;
};

Tokens tokenize(std::string_view source);

/// Words that are never names.
bool is_keyword(std::string_view word);

/// The expression in the braces of a formatted text, from `begin` on; `end` stands where its `}`
/// does, or the `!` or `:` that says how to show it. `depth` counts formatted texts around it.
Tokens tokenize_field(std::string_view source, std::size_t begin, std::size_t depth);

/// A character of a name: a letter, a digit, `_`, or any that is not ASCII.
bool is_name_character(char c);

}  // namespace pratique::python
