// Python source as a tree: what the grammar allows is read, what it does not is named, and nothing
// grows or recurses without bound.
#include <boost/test/unit_test.hpp>

#include "formats/python/literal.h"
#include "formats/python/token.h"
#include "formats/python/tree.h"

namespace pratique::python {
namespace {

/// The tokens' texts, each behind a blank; line ends and indentation as `;`, `>` and `<`.
std::string tokens(std::string_view source) {
    std::string out;
    const Tokens all = tokenize(source);
    for (const Token& token : all.all) {
        switch (token.kind) {
            case TokenKind::newline: out += " ;"; break;
            case TokenKind::indent: out += " >"; break;
            case TokenKind::dedent: out += " <"; break;
            case TokenKind::end: break;
            case TokenKind::name:
            case TokenKind::number:
            case TokenKind::string:
            case TokenKind::op: out += " " + std::string(token.in(source)); break;
        }
    }
    return all.error ? out + " !" + std::string(name(all.error->code)) : out;
}

std::size_t count(const Tree& tree, NodeKind kind) {
    return static_cast<std::size_t>(std::ranges::count(tree.nodes, kind, &Node::kind));
}

bool reads(std::string_view source) { return !parse(source).error; }

BOOST_AUTO_TEST_SUITE(python)

BOOST_AUTO_TEST_CASE(tokens_are_those_of_python) {
    BOOST_TEST(tokens("a=b # c\n") == " a = b ;");
    BOOST_TEST(tokens("# x\rimport os\r") == " import os ;");
    BOOST_TEST(tokens("if x:\n\ty\n\n  # z\nz") == " if x : ; > y ; < z ;");
    BOOST_TEST(tokens("f(a,\n  b) \\\n + c\n") == " f ( a , b ) + c ;");
    BOOST_TEST(tokens("1if 0xfor 1e-5else 2\n") == " 1 if 0xf or 1e-5 else 2 ;");
    BOOST_TEST(tokens("rb'\\'' Bu\"\"\"a\n\"\"\"") == " rb'\\'' Bu\"\"\"a\n\"\"\" ;");
    BOOST_TEST(tokens("\xef\xbb\xbfx\n") == " x ;");
    BOOST_TEST(tokens("'a\n'") == " !bad_text");
    BOOST_TEST(tokens("a ? b") == " a ; !bad_text");
    BOOST_TEST(tokens("if x:\n    y\n  z\n") == " if x : ; > y ; < !bad_text");
}

BOOST_AUTO_TEST_CASE(formatted_texts_end_where_they_end) {
    BOOST_TEST(tokens("f'{x[\"a\"]}' y") == " f'{x[\"a\"]}' y ;");
    BOOST_TEST(tokens("f'{x['a']}' y") == " f'{x['a']}' y ;");
    BOOST_TEST(tokens("f'{{' y '}}'") == " f'{{' y '}}' ;");
    BOOST_TEST(tokens("f'''{1 # \"\"\"\n}'''; y") == " f'''{1 # \"\"\"\n}''' ; y ;");
    BOOST_TEST(tokens("f'{x:#x}' y") == " f'{x:#x}' y ;");
    const Tree tree = parse("f'a{f(1)!r:>{g(2)}}b{{c}}'");
    BOOST_TEST(!tree.error);
    BOOST_TEST(count(tree, NodeKind::call) == 2U);
}

BOOST_AUTO_TEST_CASE(statements_know_their_suites) {
    const Tree tree = parse(
        "@d\nclass A(B, metaclass=M):\n  def f(self, *, x: int = 1) -> T:\n"
        "    return x\nif y: a; b\nelse: c\nd\n");
    BOOST_REQUIRE(!tree.error);
    BOOST_REQUIRE(tree.statements.size() == 10U);
    const auto& all = tree.statements;
    BOOST_TEST((all[0].kind == StatementKind::decorator));
    BOOST_TEST((all[1].kind == StatementKind::class_));
    BOOST_TEST(all[1].name == "A");
    BOOST_TEST(all[1].end == 4U);
    BOOST_TEST(all[2].parent == 1U);
    BOOST_TEST(all[2].end == 4U);
    BOOST_TEST(all[4].end == 7U);
    BOOST_TEST(all[5].parent == 4U);
    BOOST_TEST(all[7].end == 9U);
    BOOST_TEST(all[9].parent == kNone);
}

BOOST_AUTO_TEST_CASE(imports_name_what_they_bind) {
    const Tree tree = parse("import a.b, c as d\nfrom .. import e\nfrom f import (g as h, *)\n");
    BOOST_REQUIRE(tree.imports.size() == 5U);
    BOOST_TEST(tree.imports[0].module == "a.b");
    BOOST_TEST(tree.imports[0].bound.empty());
    BOOST_TEST(tree.imports[1].bound == "d");
    BOOST_TEST(tree.imports[2].dots == 2U);
    BOOST_TEST(tree.imports[3].name == "g");
    BOOST_TEST(tree.imports[3].bound == "h");
}

BOOST_AUTO_TEST_CASE(grammar_of_both_pythons_is_read) {
    for (const char* source : {"x = yield\n",
                               "print >>f, 'a', b\n",
                               "exec code in space\n",
                               "raise E, 'm'\n",
                               "with (open(a) as f, open(b) as g,): pass\n",
                               "for a, in b: pass\n",
                               "`x`\n",
                               "def f[T: (int, str)](x: T, /, y=1, *a, **k): ...\n",
                               "x: int\n",
                               "a[1:, ::2, ...]\n",
                               "match x:\n  case [1, *_] if f(x): pass\n",
                               "match = case = 1\nmatch(x)\n",
                               "lambda *a, k=1: (yield)\n",
                               "type X = int\n",
                               "async def f():\n  await g()\n",
                               "{**a, 'b': 1, **c}\n",
                               "[x async for x in y if z]\n",
                               "d[a:=1]\n",
                               "if (n := 1): x\n",
                               "try: x\nexcept* (A, B) as e: y\nfinally: z\n",
                               "f(*a or b, **c or d)\n",
                               "async = 1\n",
                               "a <> b\n",
                               "x = 0777L\n",
                               "not a is not b not in c\n",
                               "del a, b[0]\n"}) {
        BOOST_TEST(reads(source), source);
    }
    for (const char* source : {"hello world\n", "a = = b\n", "def f(:\n", "f(a\n", "import\n",
                               "x y z\n", "class\n", "(a))\n", "if x\n", "x = \n"}) {
        BOOST_TEST(!reads(source), source);
    }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_does_not_hide_the_rest) {
    const Tree tree = parse("import os\n? ? ?\nos.system('x')\nx y\nos.system('y')\n");
    BOOST_REQUIRE(tree.error.has_value());
    const Tree middle = parse("import os\nx y\nos.system('y')\n");
    BOOST_TEST(middle.broken == 1U);
    BOOST_TEST(count(middle, NodeKind::call) == 1U);
}

BOOST_AUTO_TEST_CASE(literals_are_resolved) {
    BOOST_TEST(read_literal("'a\\x62\\143\\u0064\\n'")->value == "abcd\n");
    BOOST_TEST(read_literal("r'a\\x62'")->value == "a\\x62");
    BOOST_TEST(read_literal("b'\\xff\\u0041'")->value == "\xff\\u0041");
    BOOST_TEST(read_literal("'''a\\\nb'''")->value == "ab");
    BOOST_TEST(read_literal("''")->value.empty());
    BOOST_TEST(!read_literal("f'x'").has_value());
    BOOST_TEST(*read_integer("0x_1f") == 31);
    BOOST_TEST(*read_integer("0o17") == 15);
    BOOST_TEST(*read_integer("1_000L") == 1000);
    BOOST_TEST(!read_integer("99999999999999999999").has_value());
    BOOST_TEST(read_name("\xef\xbd\x8f\xef\xbd\x93") == "os");
    BOOST_TEST(read_name("\xf0\x9d\x98\xb0\xf0\x9d\x98\xb4") == "os");
    BOOST_TEST(read_name("größe") == "größe");
}

BOOST_AUTO_TEST_CASE(nesting_has_limits) {
    for (const char* opening :
         {"(", "[", "{", "-", "not ", "lambda: ", "f(", "a if b else ", "await ", "a ** "}) {
        std::string source;
        for (int i = 0; i < 100'000; ++i) source += opening;
        const Tree tree = parse(source);
        BOOST_REQUIRE(tree.error.has_value());
        BOOST_TEST((tree.error->code == Errc::limit_depth), opening);
    }
    std::string formatted = "1";
    for (int i = 0; i < 40; ++i) formatted = "f'{" + formatted + "}'";
    BOOST_TEST(!reads(formatted));
    std::string chain = "a";
    for (int i = 0; i < 100'000; ++i) chain += ".b()[0] + c";
    BOOST_TEST(reads(chain));
    BOOST_TEST((parse(std::string(kLongestSource + 1, 'a')).error->code == Errc::limit_bytes));
}

BOOST_AUTO_TEST_CASE(every_truncation_ends) {
    const std::string source =
        "@d(f'{x!r:{y}}')\nasync def f(a, *b, c: int = 1):\n    with x as y: return [z for z in "
        "b]\n"
        "class A(B):\n\tx = {'a': 1, **c}; y = b'\\x00'\nprint 'a'\n";
    for (std::size_t length = 0; length <= source.size(); ++length) {
        const Tree tree = parse(std::string_view(source).substr(0, length));
        for (const Node& node : tree.nodes) BOOST_REQUIRE(node.begin + node.length <= length);
        for (const Statement& statement : tree.statements) {
            BOOST_REQUIRE(statement.end <= tree.statements.size());
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace pratique::python
