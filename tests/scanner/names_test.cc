// What the values of a pickle are called: every way of reaching a name without spelling it.
#include "scanner/checks/pickle/names.h"

#include "formats/pickle/machine.h"
#include "pickle_builder.h"

namespace pratique::scanner {
namespace {

using namespace test;

/// The name of what a stream leaves: "os.system", or the form where it has none.
std::string resolved(const std::string& body, int protocol = 4) {
    const std::string stream = pickled(body, protocol);
    const auto program = pickle::run(as_bytes(stream), 0, Limits{});
    BOOST_REQUIRE(program.root);
    Names names(program);
    const Symbol& symbol = names.symbol(program.root);
    return symbol.is_known() ? symbol.dotted() : "unknown";
}

std::string text_of(const std::string& body) {
    const std::string stream = pickled(body);
    const auto program = pickle::run(as_bytes(stream), 0, Limits{});
    Names names(program);
    return names.text(program.root).value_or("nothing");
}

const std::string kImport = global("importlib", "import_module");
const std::string kGetattr = global("builtins", "getattr");

BOOST_AUTO_TEST_SUITE(names)

BOOST_AUTO_TEST_CASE(an_import_is_called_what_it_says) {
    BOOST_TEST(resolved(global("acme.tools", "Thing")) == "acme.tools.Thing");
    BOOST_TEST(resolved(stacked(str("acme.tools"), str("A.B"))) == "acme.tools.A.B");
}

BOOST_AUTO_TEST_CASE(python_2_names_are_mapped_below_protocol_3_only) {
    BOOST_TEST(resolved(global("__builtin__", "eval"), 2) == "builtins.eval");
    BOOST_TEST(resolved(global("__builtin__", "xrange"), 0) == "builtins.range");
    BOOST_TEST(resolved(global("copy_reg", "_reconstructor"), 2) == "copyreg._reconstructor");
    BOOST_TEST(resolved(global("__builtin__", "eval"), 4) == "__builtin__.eval");
}

BOOST_AUTO_TEST_CASE(a_dotted_name_reaches_through_modules_that_others_lend) {
    BOOST_TEST(resolved(stacked(str("random"), str("_os.system"))) == "os.system");
    BOOST_TEST(resolved(stacked(str("collections"), str("OrderedDict.fromkeys"))) ==
               "collections.OrderedDict.fromkeys");
}

BOOST_AUTO_TEST_CASE(reflection_is_followed) {
    const std::string os = call(kImport, str("os"));
    BOOST_TEST(resolved(os) == "os");
    BOOST_TEST(resolved(call(kGetattr, os, str("system"))) == "os.system");
    BOOST_TEST(resolved(call(call(global("operator", "attrgetter"), str("system")), os)) ==
               "os.system");
    BOOST_TEST(resolved(call(global("functools", "partial"), global("os", "system"), str("x"))) ==
               "os.system");
    BOOST_TEST(resolved(call(global("builtins", "__import__"), str("os.path"))) == "os");
    BOOST_TEST(resolved(call(global("pydoc", "locate"), str("os.system"))) == "os.system");
    BOOST_TEST(resolved(call(global("pkgutil", "resolve_name"), str("os:system"))) == "os.system");
}

BOOST_AUTO_TEST_CASE(namespaces_and_the_table_of_modules_are_looked_up) {
    const std::string item = global("operator", "getitem");
    const std::string modules = global("sys", "modules");
    BOOST_TEST(resolved(call(item, modules, str("os"))) == "os");
    const std::string vars = call(global("builtins", "vars"), call(item, modules, str("os")));
    BOOST_TEST(resolved(vars) == "unknown");
    BOOST_TEST(resolved(call(item, vars, str("system"))) == "os.system");
    const std::string space = call(kGetattr, call(kImport, str("os")), str("__dict__"));
    BOOST_TEST(resolved(call(item, space, str("system"))) == "os.system");
}

BOOST_AUTO_TEST_CASE(a_method_caller_calls_the_method_of_what_it_is_given) {
    const std::string caller = call(global("operator", "methodcaller"), str("system"), str("id"));
    const std::string stream = pickled(call(caller, call(kImport, str("os"))));
    const auto program = pickle::run(as_bytes(stream), 0, Limits{});
    Names names(program);
    BOOST_TEST(names.called(program.root).dotted() == "os.system");
}

BOOST_AUTO_TEST_CASE(names_put_together_from_constants_are_computed) {
    const std::string join = stacked(str("builtins"), str("str.join"));
    BOOST_TEST(text_of(call(join, str(""), list(str("o"), str("s")))) == "os");
    BOOST_TEST(text_of(call(join, str("s"), list(str(""), str("y")))) == "sy");
    BOOST_TEST(text_of(call(join, str("-"), tuple(str("a"), str(""), str("b")))) == "a--b");
    std::string many;
    for (int i = 0; i < 500; ++i) many += str("a");
    BOOST_TEST(text_of(call(join, str(""), list(many))) == "nothing");
    BOOST_TEST(text_of(call(global("operator", "add"), str("sys"), str("tem"))) == "system");
    BOOST_TEST(text_of(call(global("_codecs", "decode"), raw("system"), str("ascii"))) == "system");
    BOOST_TEST(text_of(call(global("builtins", "chr"), num('s'))) == "s");
    BOOST_TEST(text_of(call(global("builtins", "str"), num(1))) == "nothing");
    BOOST_TEST(text_of(call(global("acme", "join"), str("a"), str("b"))) == "nothing");
    const std::string made = call(global("operator", "add"), str("sys"), str("tem"));
    BOOST_TEST(resolved(stacked(str("os"), made)) == "os.system");
}

BOOST_AUTO_TEST_CASE(what_is_computed_or_escaped_is_told_apart) {
    const auto spelt = [](const std::string& body, int protocol) {
        const std::string stream = pickled(body, protocol);
        const auto program = pickle::run(as_bytes(stream), 0, Limits{});
        return Names(program).spelling(program.root).value();
    };
    BOOST_TEST(!spelt(stacked(str("os"), str("system")), 4).computed);
    BOOST_TEST(
        spelt(stacked(str("os"), call(global("operator", "add"), str("a"), str("b"))), 4).computed);
    BOOST_TEST(!spelt(stacked("Vos\n", "Vsystem\n"), 4).escaped);
    BOOST_TEST(spelt(stacked("Vos\n", "V\\u0073ystem\n"), 4).escaped);
    BOOST_TEST(spelt(stacked("Vos\n", "V\\u0073ystem\n"), 4).name == "system");
}

BOOST_AUTO_TEST_CASE(data_has_no_name) {
    BOOST_TEST(resolved(str("os.system")) == "unknown");
    BOOST_TEST(resolved(call(global("acme", "thing"))) == "unknown");
    BOOST_TEST(resolved(call(kGetattr, str("os"), str("system"))) == "unknown");
}

BOOST_AUTO_TEST_CASE(no_nesting_is_deep_enough_to_hurt) {
    // Asked from the outside in, as nobody has resolved what lies within.
    constexpr int kDeep = 200'000;
    std::string front;
    std::string back;
    for (int i = 0; i < kDeep; ++i) {
        front += global("builtins", "bytearray");
        back += "\x85R";
    }
    const std::string stream = pickled(front + raw("x") + back);
    const auto program = pickle::run(as_bytes(stream), 0, Limits{});
    BOOST_REQUIRE(program.root);
    Names names(program);
    BOOST_TEST(!names.bytes(program.root));
    BOOST_TEST(!names.text(program.root));
    BOOST_TEST(!names.symbol(program.root).is_known());
}

BOOST_AUTO_TEST_CASE(bytes_are_seen_through_what_holds_them) {
    const auto bytes = [](const std::string& body) {
        const std::string stream = pickled(body);
        const auto program = pickle::run(as_bytes(stream), 0, Limits{});
        return Names(program).bytes(program.root).value_or("nothing");
    };
    BOOST_TEST(bytes(call(global("_io", "BytesIO"), raw("abc"))) == "abc");
    BOOST_TEST(bytes(call(global("_codecs", "encode"), str("a\xc3\xbf"), str("latin1"))) ==
               "a\xff");
    BOOST_TEST(bytes(call(global("_codecs", "encode"), str("\xe2\x82\xac"), str("latin1"))) ==
               "nothing");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace pratique::scanner
