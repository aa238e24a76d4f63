// The header of an .npy file is a Python literal, and some readers evaluate it. This one reads the
// few forms that NumPy writes, and nothing that could be an expression:
//
//   value  := string | integer | True | False | None | tuple | list | dict
//   string := [uUbB]? ('...' | "...")  with \\ \' \" \n \t \r \xHH \uHHHH
//   integer := -?[0-9]+L?              (Python 2 wrote the L), to 64 bits
//
// Source: numpy/lib/format.py, which calls ast.literal_eval; that accepts more (sets, complex
// numbers, adjacent strings, comments), which no writer of headers produces.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pratique::numpy {

enum class LiteralKind : std::uint8_t { none, boolean, integer, string, tuple, list, dict };

struct Literal {
    LiteralKind kind = LiteralKind::none;
    std::int64_t number = 0;     ///< of an integer; 0 or 1 of a boolean
    std::string text;            ///< of a string, escapes resolved, in the encoding of the source
    std::vector<Literal> items;  ///< of a tuple or list; of a dict keys and values in turn
    std::uint64_t offset = 0;    ///< of the value's first character in the artifact
};

/// Parses one literal with nothing but white space around it. `base` is the artifact offset of
/// `source`. Errors: bad_header (not in the grammar), overflow (integer), limit_depth (32 levels),
/// limit_nodes (100,000 values).
Result<Literal> parse_literal(std::string_view source, std::uint64_t base = 0);

}  // namespace pratique::numpy
