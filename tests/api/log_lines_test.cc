// What CI systems take for commands is none any more, and everything else is as it was.
#include "api/report/log_lines.h"

#include <boost/test/unit_test.hpp>

using pratique::api::without_commands;

BOOST_AUTO_TEST_SUITE(log_lines)

BOOST_AUTO_TEST_CASE(commands_are_broken) {
    BOOST_TEST(without_commands("::error file=x::boo") == "\\x3a:error file=x::boo");
    BOOST_TEST(without_commands("a\n  ::set-output name=a::b\nb") ==
               "a\n  \\x3a:set-output name=a::b\nb");
    BOOST_TEST(without_commands("##[error]x") == "\\x23#[error]x");
    BOOST_TEST(without_commands("see ##[set-env name=a;]b") == "see \\x23#[set-env name=a;]b");
    BOOST_TEST(without_commands("a ##vso[task.complete]") == "a \\x23#vso[task.complete]");
    BOOST_TEST(without_commands("##VsO[x]##[y]") == "\\x23#VsO[x]\\x23#[y]");
    BOOST_TEST(without_commands("###[x]") == "#\\x23#[x]");
    BOOST_TEST(without_commands(":::x") == "\\x3a::x");
}

BOOST_AUTO_TEST_CASE(blanks_are_more_than_spaces) {
    // U+3000, and U+034F, which comparing by culture passes over.
    BOOST_TEST(without_commands("\u3000::x::") == "\u3000\\x3a:x::");
    BOOST_TEST(without_commands("\t\u034f::x::") == "\t\u034f\\x3a:x::");
}

BOOST_AUTO_TEST_CASE(nothing_else_is_changed) {
    for (const char* text : {"", "\n", "std::vector<int>", "a ::error::", "# # [x]", "##vs[o",
                             "  at 0: a::b\n\n  c: d\n", "#[derive]", ":", "##"}) {
        BOOST_TEST(without_commands(text) == text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
