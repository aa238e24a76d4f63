// The text arguments of protocol 0, which several readers understand differently: C and Python
// unpicklers, older and newer ones. Each function says whether any reader accepts the text, and
// whether all of them read it alike.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"

namespace pratique::pickle {

enum class Reading : std::uint8_t {
    refused,    // no reader accepts it
    disputed,   // some accept it, or readers come to different values
    canonical,  // every reader comes to the same value
};

/// INT and LONG (a trailing 'L' already removed): base-0 integers in CPython before 3.14,
/// base-10 after; strtol's octal "010" in C only.
Reading read_integer(std::string_view text);
/// PUT and GET: base-10, with Python's tolerance for blanks, signs, underscores, leading zeros.
/// The index goes to `out`.
Reading read_index(std::string_view text, std::uint64_t& out);
/// FLOAT: C refuses blanks, underscores and overflow, Python's float() does not.
Reading read_float(std::string_view text);

/// The value of a canonical or base-0 integer, when it fits.
std::optional<std::int64_t> integer_value(std::string_view text);

/// STRING: quotes removed, Python 2 escapes resolved (octal, \x and the letters); nothing if
/// malformed.
std::optional<std::string> unescape_string(std::string_view quoted);
/// UNICODE: raw-unicode-escape (\uXXXX, \UXXXXXXXX, other bytes as Latin-1), as UTF-8.
std::optional<std::string> unescape_unicode(std::string_view raw);

}  // namespace pratique::pickle
