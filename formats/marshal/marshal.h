// Code objects as Python's marshal writes them: what a Keras Lambda carries instead of the name of
// a function. Nothing is run and no instruction is read; what a function can reach shows in the
// names and texts that it brings along.
//
//   value   type u8, 0x80 on top of it: may be referred to by number later
//           'c' code object      ints and values, by the version of Python:
//                 2.7          argcount, locals, stack, flags | code consts names varnames freevars
//                 3.0 to 3.7   argcount, kwonly, locals, stack, flags | the same
//                 3.8 to 3.10  argcount, posonly, kwonly, locals, stack, flags | the same
//                              … cellvars filename name | first line | line table
//                 3.11 on      argcount, posonly, kwonly, stack, flags | code consts names
//                              locals kinds filename name qualname | first line | line table,
//                              exception table
//           ( ) [ < > { tuples, lists, sets, dicts      s t u a A z Z texts and bytes
//           i I l f g x y numbers      N T F . S 0 constants      r R references
//
// The bytes do not say which Python wrote them: each layout is tried, and the one counts by which
// all parts have the types that they must have.
//
// Source: CPython, Python/marshal.c of 2.7 and 3.6 to 3.14; checked against marshal.dumps() of 2.7
// and 3.6 to 3.13.
#pragma once

#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace pratique::marshal {

/// One function, or one that is defined inside of it.
struct Code {
    std::string_view name;
    std::string_view file;
    /// Globals and attributes that it uses, modules that it imports. Bytes as they are in the file.
    std::vector<std::string_view> names;
    std::vector<std::string_view> texts;  ///< constants: texts and bytes
    std::uint64_t offset = 0;
};

/// All code objects of one marshalled code object: the inner ones first, itself last. What follows
/// it is left alone, as marshal.loads() does. Views point into `bytes`. Errors: bad_magic (does not
/// begin as a code object), truncated, bad_header (parts of the wrong type, by every layout),
/// missing_record (a reference to nothing), limit_depth, limit_nodes.
Result<std::vector<Code>> read_code(Bytes bytes);

}  // namespace pratique::marshal
