// What R's serialize(), saveRDS() and save() write: one value and all that hangs on it, code
// included. Reading keeps what code is made of and what makes R act while it loads; numbers, text
// and lists are stepped over. Nothing is evaluated, and no value is built.
//
//   ["RDX2\n" | "RDX3\n", also RDA, RDB]     a workspace: the value is a list of named ones
//   "X\n" | "A\n" | "B\n"                    the spelling (stream.h)
//   i32 version 2 or 3 | i32 writer's R | i32 oldest R that reads it
//   version 3: i32 length, name of the native encoding
//   item
//
//   item  := i32 flags: type 0-7, object 8, attributes 9, tag 10, levels 12-27; then by type
//   1 symbol       item (characters)             | 238 alternative  item class, item state, item
//   2 list   3 closure  5 promise  6 call  17 …  | 243, 244         in byte code only
//       [attributes] [tag] item head item tail   | 247 persistent, 248 package, 249 namespace
//   4 environment  i32 locked, items: enclosing, |     i32 0, i32 n, n items
//       frame, table of frames, attributes       | 241 242 250-254  fixed values, 252 is "unbound"
//   9 characters   i32 n, n bytes; -1 is NA      | 255 reference    flags >> 8, or i32
//   10, 13 i32s   14 f64s   15 pairs of f64s     |
//   16, 19, 20 n items   24 n bytes              | n: i32, or -1, u32, u32
//   22 pointer     items: protected, tag         |
//   7, 8 built-in  i32 n, n bytes   25 S4        | 21 byte code     i32 shared, code
//
//   code  := item (integers), i32 n, n constants: i32 type, then code, a call, or an item
//
// A closure is environment, arguments, body; a promise is environment, value, expression.
// Source: R 4.4, src/main/serialize.c; R internals, "Serialization Formats".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/result.h"
#include "formats/rds/stream.h"

namespace pratique::rds {

enum class Kind : std::uint8_t {
    symbol,
    cell,     // of a list
    call,     // the first cell of a call: its head is the function
    dots,     // the first cell of `...`
    closure,  // head: arguments, tail: body
    promise,  // head: value, tail: expression
    environment,
    bytecode,
    builtin,
    text,  // one string, where code has it
    pointer,
    alternative,
    unbound,  // the value that a promise has before it is evaluated
};

/// What a node is to its parent.
enum class Role : std::uint8_t {
    root,
    head,
    tail,
    tag,
    attribute,
    frame,     // of an environment: a list of variables
    element,   // of something that is not kept
    constant,  // of byte code
    info,      // of an alternative: its class and package
};

inline constexpr std::uint32_t kNone = UINT32_MAX;

struct Node {
    Kind kind{};
    Role role{};
    bool active = false;           ///< a cell whose value is a function to be called for it
    std::uint32_t parent = kNone;  ///< the nearest that is kept
    std::uint32_t first = kNone;   ///< the first cell of the list that the node is a cell of
    std::uint32_t head = kNone;
    std::uint32_t tag = kNone;
    std::uint32_t code = kNone;  ///< the closure, promise or byte code that it is code of
    std::uint32_t name = kNone;  ///< of a symbol, built-in or text, in names
    std::uint64_t at = 0;        ///< offset of its flags
};

struct Serialization {
    bool workspace = false;  ///< save() wrote it, load() reads it into variables
    std::int32_t version = 0;
    std::vector<Node> nodes;  ///< parents before their children
    std::vector<std::string> names;
    std::uint64_t end = 0;  ///< behind the item
    std::optional<Error> error;

    const std::string& name(const Node& node) const { return names[node.name]; }
};

/// Items inside each other that wait for their next part; R's own reader recurses, and ends far
/// before this.
inline constexpr std::size_t kMostOpen = 100'000;
inline constexpr std::size_t kMostNodes = 4'000'000;
/// Of a name; symbols of R may have 10,000 bytes.
inline constexpr std::size_t kKeptName = 10'000;

bool recognise(Bytes bytes);  ///< a serialisation, not a workspace
bool recognise_workspace(Bytes bytes);

/// Errors, of the field of that name: bad_magic, unsupported (version, persistent values, types
/// that no R writes), truncated, bad_number, negative_length, missing_record (a reference to
/// nothing), wrong_type (no characters or no code where they belong), limit_depth, limit_nodes.
/// Thread-safe.
Serialization read(Bytes bytes);

}  // namespace pratique::rds
