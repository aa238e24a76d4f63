// What the literals of Python stand for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pratique::python {

struct Literal {
    std::string value;  // UTF-8, or the bytes themselves
    bool bytes = false;
};

/// A literal with prefix and quotes, its escapes resolved. Unknown escapes stay as they are, as
/// Python leaves them; \N{...} becomes `?`. Nothing for a formatted one.
std::optional<Literal> read_literal(std::string_view token);
/// The characters between quotes or braces.
std::string unescaped(std::string_view characters, bool bytes);

/// Where the contents of a literal begin and end, and what its prefix says.
struct Quoted {
    std::size_t begin = 0;
    std::size_t end = 0;
    bool raw = false;
    bool bytes = false;
    bool formatted = false;
};
Quoted quoted(std::string_view token);

/// An integer of any base that fits, with `_` and Python 2's `L`.
std::optional<std::int64_t> read_integer(std::string_view token);

/// A name as Python compares it (NFKC), as far as letters that stand for ASCII ones go.
std::string read_name(std::string_view token);

}  // namespace pratique::python
