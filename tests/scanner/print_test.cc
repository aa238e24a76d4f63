// Evidence as people read it: like Python, short, and with nothing that a terminal obeys.
#include "scanner/checks/pickle/print.h"

#include "base/text.h"
#include "formats/pickle/machine.h"
#include "pickle_builder.h"

namespace pratique::scanner {
namespace {

using namespace test;

std::string printed(const std::string& body, int protocol = 4) {
    const std::string stream = pickled(body, protocol);
    const auto program = pickle::run(as_bytes(stream), 0, Limits{});
    BOOST_REQUIRE(program.root);
    Names names(program);
    return print(names, program, program.root);
}

BOOST_AUTO_TEST_SUITE(printing)

BOOST_AUTO_TEST_CASE(values_look_as_in_python) {
    BOOST_TEST(printed("N") == "None");
    BOOST_TEST(printed("\x88") == "True");
    BOOST_TEST(printed("I01\n", 0) == "True");
    BOOST_TEST(printed("I00\n", 0) == "False");
    BOOST_TEST(printed(num(0xffffffff)) == "-1");
    BOOST_TEST(printed(str("a\"b")).starts_with("\"a"));
    BOOST_TEST(printed(raw("ab")) == "b\"ab\"");
    BOOST_TEST(printed(global("os", "system")) == "os.system");
    BOOST_TEST(printed(call(global("os", "system"), tuple(num(1)), list(num(2), "N"))) ==
               "os.system((1,), [2, None])");
    BOOST_TEST(printed(call(global("acme", "f"), dict(str("k"), num(1)))) == "acme.f({\"k\": 1})");
    BOOST_TEST(printed(num(3) + "Q") == "persistent_load(3)");
}

BOOST_AUTO_TEST_CASE(what_the_file_says_is_escaped) {
    for (const std::string& body : {str("\x1b[2J\n\xe2\x80\xae"), raw("\xff\x1b\n"),
                                    global("a\x1b"
                                           "b",
                                           "c\x07"),
                                    call(global("acme", "f"), str("\r\x1b]0;x\x07")),
                                    std::string("F1\x1b\n"), dict(str("\x1b"), str("\x9b"))}) {
        const std::string stream = pickled(body, 2);
        const auto program = pickle::run(as_bytes(stream), 0, Limits{});
        if (!program.root) continue;
        Names names(program);
        const std::string out = print(names, program, program.root);
        BOOST_TEST(is_printable(out), escape(out));
    }
    BOOST_TEST(printed(str("\x1b[2J")) == "\"\\x1b[2J\"");
}

BOOST_AUTO_TEST_CASE(nothing_is_long) {
    const std::string huge(100'000, 'x');
    std::string wide = "](";
    std::string deep;
    std::string ends;
    for (int i = 0; i < 1000; ++i) wide += call(global("acme", "f"), str(huge.substr(0, 200)));
    for (int i = 0; i < 1000; ++i) {
        deep += global("acme", "f");
        ends += "\x85R";
    }
    for (const std::string& body :
         {str(huge), raw(huge), global(huge, huge), wide + "e", deep + num(1) + ends,
          call(global("acme", "f"), str(huge), str(huge), str(huge))}) {
        const std::string out = printed(body);
        BOOST_TEST(out.size() < 800);
        BOOST_TEST(out.find("…") != std::string::npos);
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace pratique::scanner
