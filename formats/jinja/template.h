// A Jinja template as a tree: its statements, and the expressions in them. Nothing is judged here,
// and what a name means is not asked.
//
// Statements lie in the order of the text, each with the end of what is inside of it:
//
//   {% for m in messages %}   0  for       end 4
//     {% if m.a %}            1  if        end 3
//       {{ m.b }}             2  output    end 3
//     {% else %}{% endif %}   3  otherwise end 4
//   {% endfor %}
//
// `elif`, `else` follow what they belong to, as its sibling. Expressions are nodes that name their
// parts by index. Nesting is limited, so whoever walks the tree may recurse.
//
// Source: jinja2 3.1, parser.py; extensions as transformers turns them on (loopcontrols, and
// `generation`).
#pragma once

#include "formats/jinja/lexer.h"

namespace pratique::jinja {

using Index = std::uint32_t;

enum class Op : std::uint8_t {
    name,       // text
    text,       // text
    integer,    // number
    constant,   // true, false, none, a real number: text as written
    list,       // parts; tuples are lists
    dict,       // parts: key, value, key, value, …
    unary,      // text is the sign or `not`; parts[0]
    binary,     // text is the sign or `and`, `or`, `in`, `not in`; parts[0], parts[1]
    concat,     // parts: a ~ b ~ c
    attribute,  // parts[0].text
    item,       // parts[0][parts[1]]
    slice,      // parts: first, last, step; an absent one is a constant `none`
    call,       // parts[0](parts[1], …)
    filter,     // parts[0]|text(parts[1], …)
    test,       // parts[0] is text(parts[1], …)
    keyword,    // text=parts[0], as an argument
    spread,     // *parts[0] and **parts[0], as an argument
    condition,  // parts[1] if parts[0] else parts[2]
    captured,   // what a filter is given that stands without an operand
};

struct Node {
    Op op{};
    std::uint64_t offset = 0;
    std::string text = {};
    std::int64_t number = 0;
    bool escaped = false;  // of text: see Token
    bool open = false;
    std::vector<Index> parts = {};
    std::uint32_t depth = 0;  // of the tree below
};

enum class Kind : std::uint8_t {
    text,       // text
    output,     // parts[0]
    loop,       // for names in parts[0], if parts[1]
    when,       // if, elif: parts[0]
    otherwise,  // else
    assign,     // set names = parts[0]; a name may be `ns.x`
    capture,    // set names|filters: parts are filters over what is inside
    macro,      // names[0] with the parameters names[1], …; parts are the last ones' defaults
    call,       // parts[0] is called with what is inside; names are parameters
    filter,     // parts[0] over what is inside
    with,       // names = parts, one by one, for what is inside
    block,      // names[0]
    load,      // text is include, import, from or extends; parts[0] is the template; names are made
    evaluate,  // do parts[0]
    plain,     // break, continue, generation, autoescape: nothing to know but what is inside
};

struct Statement {
    Kind kind{};
    std::uint64_t offset = 0;
    Index end = 0;  // one past the last statement inside
    std::string_view text = {};
    std::vector<std::string> names = {};
    std::vector<Index> parts = {};
};

struct Template {
    std::vector<Node> nodes;
    std::vector<Statement> statements;
    /// What keeps it from being a template. Statements around a fault are there all the same.
    std::vector<Fault> faults;
    /// Names and texts of tags that could not be read, for whoever wants a look at them anyway.
    std::vector<Token> unread;
};

/// Deepest nesting of statements, and of expressions.
inline constexpr std::uint32_t kDeepestStatement = 64;
inline constexpr std::uint32_t kDeepestExpression = 200;

/// Never fails: see Template::faults. Thread-safe; memory in proportion to the text.
Template parse(std::string_view text);

}  // namespace pratique::jinja
