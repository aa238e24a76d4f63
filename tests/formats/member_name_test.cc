#include "formats/archive/member_name.h"

#include <boost/test/unit_test.hpp>

using namespace std::string_view_literals;
using pratique::archive::escapes;

BOOST_AUTO_TEST_SUITE(member_name)

BOOST_AUTO_TEST_CASE(names_that_can_leave_the_folder) {
    for (const auto name :
         {"../x"sv, "a/../../x"sv, ".."sv, "a/b/../../../c"sv, "/etc/passwd"sv, "//host/share"sv,
          "\\x"sv, "\\\\host\\share"sv, "..\\x"sv, "a\\..\\..\\x"sv, "a/..\\../x"sv, "C:\\x"sv,
          "c:x"sv, "C:/x"sv, "./../x"sv, "a//../../x"sv, ".. /x"sv, "..\0.txt"sv,
          "a/../../x\0/ok"sv}) {
        BOOST_TEST_CONTEXT(name) BOOST_TEST(escapes(name));
    }
}

BOOST_AUTO_TEST_CASE(names_that_stay_inside) {
    for (const auto name : {""sv, "x"sv, "a..b"sv, "..a"sv, "a.."sv, "a/../b"sv, "a/b/../../c"sv,
                            "./x"sv, "a/"sv, "archive/data/0"sv, "a/.../b"sv, "ab:c"sv, "1:x"sv,
                            " "sv, "a\\b"sv, "x\0y"sv, ".data/serialization_id"sv}) {
        BOOST_TEST_CONTEXT(name) BOOST_TEST(!escapes(name));
    }
}

BOOST_AUTO_TEST_SUITE_END()
