// The syntax tree of Python source, flat: a list of statements, each with its suite behind it, and
// a list of expression nodes, each behind its parts. So a walk in the order of the lists meets what
// is used before what uses it, and nothing that reads a tree ever recurses.
//
//   statements   if_ ............ end     nodes   x  f  y  call(f y)  binary(x call)
//                  expression     |
//                  def ... end    |
//                else_ ...      <-'
//
// A node or statement knows its place in the source; names and texts are read from there.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pratique::python {

using Index = std::uint32_t;
inline constexpr Index kNone = UINT32_MAX;

enum class NodeKind : std::uint8_t {
    name,
    number,
    text,           // one literal of characters or bytes, with prefix and quotes
    formatted,      // f'...': pieces and expressions
    piece,          // of a formatted text, between the braces
    joined,         // literals side by side
    attribute,      // object; the token is the attribute's name
    call,           // callee, arguments
    keyword,        // value; the token is the argument's name
    starred,        // value; the token is `*` or `**`
    subscript,      // object, index
    slice,          // those bounds that are there; the token is the whole of it
    unary,          // operand
    binary,         // left, right; also comparisons, `and` and `or`
    conditional,    // value, condition, other value
    lambda,         // defaults, body
    sequence,       // items; the token is the opening bracket, or a comma
    dict,           // keys and values in turn, or starred ones
    comprehension,  // element (and value), then each loop with its conditions behind it
    loop,           // of a comprehension: target, iterable
    bind,           // name, value: `name := value`
    wait,           // await and yield, and their operand if any
    parameter,      // of a def: a name that is bound where it runs
};

struct Node {
    NodeKind kind{};
    std::uint32_t begin = 0;  // of the token that tells
    std::uint32_t length = 0;
    Index first_part = 0;  // into Tree::parts
    std::uint32_t part_count = 0;
};

enum class StatementKind : std::uint8_t {
    expression,
    assign,     // targets, then the value
    augmented,  // target, value
    import_,
    def,
    class_,
    decorator,  // of the def or class that follows
    if_,
    elif_,
    else_,  // also `finally` and `try`: a suite without an expression
    while_,
    for_,     // target, iterable
    with,     // contexts and their targets
    except,   // what is caught
    match,    // `match` with its subject; `case` with the names of its pattern, and its guard
    return_,  // also `raise`, `del`, `assert`, `yield`: expressions of no further interest
    plain,    // pass, break, global, ...
};

struct Statement {
    StatementKind kind{};
    std::uint32_t begin = 0;
    Index parent = kNone;  // the statement whose suite this stands in
    Index end = 0;         // the first statement behind its own suite
    Index first_node = 0;  // its nodes: [first_node, last_node)
    Index last_node = 0;
    Index first_root = 0;  // its whole expressions, into Tree::roots
    std::uint32_t root_count = 0;
    Index first_import = 0;  // into Tree::imports
    std::uint32_t import_count = 0;
    std::string_view name;  // of a def or class, as written
};

/// One name that an import binds.
struct Import {
    std::string module;      // dotted; of a relative import what stands behind the dots
    std::string name;        // what is taken from it; `*`; empty for the module itself
    std::string bound;       // the name that it gets here; empty: the module's first part
    std::uint32_t dots = 0;  // of a relative import
};

struct Tree {
    std::string_view source;
    std::vector<Statement> statements;
    std::vector<Node> nodes;
    std::vector<Index> parts;
    std::vector<Index> roots;
    std::vector<Import> imports;
    /// The first place that is no Python; what stands behind it was read as far as it is any.
    std::optional<Error> error;
    /// Statements that could not be read.
    std::uint32_t broken = 0;

    std::string_view token(const Node& node) const {
        return source.substr(node.begin, node.length);
    }
    std::span<const Index> parts_of(const Node& node) const {
        return std::span(parts).subspan(node.first_part, node.part_count);
    }
    std::span<const Index> roots_of(const Statement& statement) const {
        return std::span(roots).subspan(statement.first_root, statement.root_count);
    }
    std::span<const Import> imports_of(const Statement& statement) const {
        return std::span(imports).subspan(statement.first_import, statement.import_count);
    }
};

/// Reads all of it; `source` must outlive the tree. Never fails outright: see Tree::error.
Tree parse(std::string_view source);

}  // namespace pratique::python
