#include "formats/marshal/marshal.h"

#include <boost/test/unit_test.hpp>
#include <random>

#include "marshal_builder.h"

using namespace pratique;
using namespace pratique::test::marshalled;

namespace {

std::string names_in(const std::string& bytes) {
    const auto codes = marshal::read_code(as_bytes(bytes));
    if (!codes) return std::string(name(codes.error().code));
    std::string out;
    for (const marshal::Code& code : *codes) {
        for (const auto name : code.names) out += std::string(name) + " ";
    }
    return out;
}

std::string texts_in(const std::string& bytes) {
    const auto codes = marshal::read_code(as_bytes(bytes));
    BOOST_TEST_REQUIRE(!!codes);
    std::string out;
    for (const marshal::Code& code : *codes) {
        for (const auto text : code.texts) out += std::string(text) + " ";
    }
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(marshal_code)

BOOST_AUTO_TEST_CASE(each_layout_is_told_from_the_others) {
    BOOST_TEST(names_in(code311({"os", "system"})) == "os system ");
    BOOST_TEST(names_in(code3({"os", "system"}, 6)) == "os system ");
    BOOST_TEST(names_in(code3({"os", "system"}, 5)) == "os system ");
    BOOST_TEST(names_in(code27("system")) == "system ");
}

BOOST_AUTO_TEST_CASE(functions_inside_come_first) {
    BOOST_TEST(names_in(code311({"outer"}, {code311({"inner"})})) == "inner outer ");
}

BOOST_AUTO_TEST_CASE(texts_are_those_of_all_constants) {
    const std::string constants = many({text("deep"), "N", "i" + u32(7)});
    BOOST_TEST(texts_in(code311({}, {text("top"), block("raw"), constants})) == "top raw deep ");
}

/// The first value that may be referred to is the code object itself, the second a name.
BOOST_AUTO_TEST_CASE(references_are_followed) {
    const std::string twice = "r" + u32(1);
    BOOST_TEST(texts_in(code311({}, {text("once"), twice})) == "once once ");
    BOOST_TEST(names_in(code311({}, {"r" + u32(900)})) == "missing_record");
}

BOOST_AUTO_TEST_CASE(numbers_of_all_kinds_are_passed_over) {
    const std::string big = "l" + u32(0xFFFFFFFE) + "\1\1\1\1";
    const std::string dict = "{" + text("k") + "N" + "0";
    const std::vector<std::string> constants{"i" + u32(1),
                                             "I" + u32(1) + u32(1),
                                             "g" + u32(0) + u32(0),
                                             "y" + std::string(16, '\0'),
                                             std::string("f\3") + "1.5",
                                             std::string("x\1") + "1" + "\1" + "2",
                                             big,
                                             dict,
                                             "T",
                                             "F",
                                             ".",
                                             "S",
                                             ">" + u32(1) + text("in a set"),
                                             std::string(":") + "N" + "N" + "N",
                                             text("last")};
    BOOST_TEST(texts_in(code311({}, constants)) == "last in a set ");
}

BOOST_AUTO_TEST_CASE(what_is_no_code_is_refused) {
    BOOST_TEST(names_in("") == "bad_magic");
    BOOST_TEST(names_in(text("code")) == "bad_magic");
    BOOST_TEST(names_in("\xe3") == "truncated");
    BOOST_TEST(names_in("c" + counts(5) + "N") == "bad_header");
}

BOOST_AUTO_TEST_CASE(nothing_is_read_beyond_any_end) {
    const std::string whole = code311({"os", "system"}, {text("x"), code3({"inner"})});
    for (std::size_t size = 0; size < whole.size(); ++size) {
        BOOST_TEST(!marshal::read_code(as_bytes(std::string_view(whole).substr(0, size))));
    }
}

BOOST_AUTO_TEST_CASE(counts_and_depth_are_bounded) {
    const std::string hollow = "c" + counts(5) + block("d") + "(" + u32(0x7FFFFFFF);
    BOOST_TEST(names_in(hollow) == "truncated");
    std::string deep;
    for (int i = 0; i < 5000; ++i) deep += std::string(")\1", 2);
    BOOST_TEST(names_in(code311({}, {deep + "N"})) == "limit_depth");
}

/// A tuple of references to a tuple of references to … stands for 2^60 texts.
BOOST_AUTO_TEST_CASE(references_do_not_multiply) {
    std::vector<std::string> constants{"\xa9" + std::string(1, 2) + "NN"};
    for (std::uint32_t i = 1; i < 60; ++i) {
        constants.push_back("\xa9" + std::string(1, 2) + "r" + u32(i) + "r" + u32(i));
    }
    BOOST_TEST(names_in(code311({}, constants)) == "limit_nodes");
}

BOOST_AUTO_TEST_SUITE_END()
