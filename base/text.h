// Text from files on its way to people. Nothing that a file says reaches a terminal, a log or a
// report before escape() has seen it: control characters could rewrite the screen, and
// direction marks could make a name read as another.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace pratique {

/// True if `s` is well-formed UTF-8 (RFC 3629: no overlong forms, nothing above U+10FFFF).
/// With `surrogates`, the three-byte forms of U+D800..DFFF pass, as in Python's "surrogatepass".
bool is_utf8(std::string_view s, bool surrogates = false);

/// `s` with everything but printable characters written as \n, \t, \xNN or \uNNNN, and with
/// backslash doubled. Bytes that are not UTF-8 become \xNN. Longer than `limit` bytes of input:
/// cut, and closed with "…".
std::string escape(std::string_view s, std::size_t limit = 4096);

/// True if escape() would change nothing but backslashes: safe to show as it is.
bool is_printable(std::string_view s);

/// Columns that a string takes on a terminal, near enough: its characters.
std::size_t columns(std::string_view s);

/// Lower-case hexadecimal.
std::string hex(Bytes bytes);
/// Its inverse. Of what is not lower-case hexadecimal: nothing.
std::vector<std::byte> unhex(std::string_view digits);

/// Appends the UTF-8 form of `code_point` (surrogates as their three-byte form).
void append_utf8(std::string& out, std::uint32_t code_point);

}  // namespace pratique
