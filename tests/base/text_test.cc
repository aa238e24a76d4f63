#include "base/text.h"

#include <boost/test/unit_test.hpp>
#include <string>

using namespace pratique;

BOOST_AUTO_TEST_SUITE(text_)

BOOST_AUTO_TEST_CASE(utf8_is_judged_as_rfc_3629_does) {
    BOOST_TEST(is_utf8("plain"));
    BOOST_TEST(is_utf8("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"));
    BOOST_TEST(!is_utf8("\xc0\x80"));          // overlong NUL
    BOOST_TEST(!is_utf8("\xe0\x80\x80"));      // overlong
    BOOST_TEST(!is_utf8("\xf4\x90\x80\x80"));  // above U+10FFFF
    BOOST_TEST(!is_utf8("\xe2\x82"));          // cut
    BOOST_TEST(!is_utf8("\xed\xa0\x80"));      // surrogate
    BOOST_TEST(is_utf8("\xed\xa0\x80", true));
}

BOOST_AUTO_TEST_CASE(escape_leaves_nothing_that_moves_a_cursor) {
    BOOST_TEST(escape("a\x1b[2Jb\n\r\t\\") == "a\\x1b[2Jb\\n\\r\\t\\\\");
    BOOST_TEST(escape("\xff\xfe") == "\\xff\\xfe");
    BOOST_TEST(escape("\xc2\x9b") == "\\u009b");  // C1 control: CSI
    BOOST_TEST(escape("a\xe2\x80\xae"
                      "b") == "a\\u202eb");  // right-to-left override
    BOOST_TEST(escape("\xc3\xa9t\xc3\xa9") == "\xc3\xa9t\xc3\xa9");
    BOOST_TEST(escape(std::string(10, 'x'), 4) == "xxxx…");
}

BOOST_AUTO_TEST_CASE(code_points_become_utf8) {
    std::string out;
    for (const char32_t c : {U'A', U'\u00e9', U'\u20ac', U'\U0001f600'}) append_utf8(out, c);
    BOOST_TEST(out == "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
}

BOOST_AUTO_TEST_SUITE_END()
