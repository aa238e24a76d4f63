#include "base/json_fields.h"

#include <boost/test/unit_test.hpp>
#include <functional>

using namespace pratique;

namespace {

/// What is wrong with a text after `ask` has asked for its members.
std::string problem(std::string_view text, const std::function<void(json::Fields&)>& ask) {
    const auto value = json::parse(text);
    BOOST_REQUIRE(value);
    std::string out;
    json::Fields top(*value, "top", out);
    ask(top);
    top.finish();
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_fields)

BOOST_AUTO_TEST_CASE(members_are_read_by_name_and_type) {
    const auto said =
        problem(R"({"s":"x","t":true,"n":7,"d":8.0,"list":["a","b"],"o":{"in":"y"},)"
                R"("os":[{"k":1},{"k":2}]})",
                [](json::Fields& in) {
                    BOOST_TEST(in.string("s") == "x");
                    BOOST_TEST(in.flag("t", false));
                    BOOST_TEST(in.flag("absent", true));
                    BOOST_TEST(in.count("n") == 7U);
                    BOOST_TEST(in.count("d") == 8U);
                    BOOST_TEST((in.strings("list") == std::vector<std::string>{"a", "b"}));
                    BOOST_TEST(in.object("o").string("in") == "y");
                    auto objects = in.objects("os");
                    BOOST_TEST_REQUIRE(objects.size() == 2U);
                    BOOST_TEST(objects[1].count("k") == 2U);
                    BOOST_TEST(!in.maybe_string("none"));
                    BOOST_TEST(!in.maybe_object("none"));
                    BOOST_TEST(!in.maybe_count("none"));
                    BOOST_TEST(in.strings("none").empty());
                    BOOST_TEST(in.objects("none").empty());
                });
    BOOST_TEST(said.empty(), said);
}

BOOST_AUTO_TEST_CASE(what_was_not_asked_for_is_a_problem) {
    BOOST_TEST(problem(R"({"a":1,"b":2})", [](auto& in) { in.count("a"); }) ==
               "top.b: is not known here");
    BOOST_TEST(problem(R"({"a":1,"b":null})", [](auto& in) { in.count("a"); }) ==
               "top.b: is not known here");
    // Asking twice, or for what is not there, makes up for nothing.
    BOOST_TEST(problem(R"({"a":1,"b":2})", [](auto& in) {
                   in.count("a");
                   in.count("a");
                   in.maybe_count("c");
               }) == "top.b: is not known here");
    problem(R"({"a":1,"b":2})", [](auto& in) {
        BOOST_TEST((in.keys() == std::vector<std::string>{"a", "b"}));
        in.count("b");
        BOOST_TEST((in.unasked() == std::vector<std::string>{"a"}));
    });
}

BOOST_AUTO_TEST_CASE(a_null_is_an_absent_member) {
    BOOST_TEST(problem(R"({"a":null})", [](auto& in) { BOOST_TEST(!in.maybe_string("a")); }) == "");
    BOOST_TEST(problem(R"({"a":null})", [](auto& in) { in.string("a"); }) == "top.a: is missing");
    BOOST_TEST(problem(R"({"a":null})", [](auto& in) { BOOST_TEST(in.flag("a", true)); }) == "");
}

BOOST_AUTO_TEST_CASE(another_type_is_a_problem_that_names_its_place) {
    using Ask = std::function<void(json::Fields&)>;
    const std::vector<std::tuple<std::string, Ask, std::string>> cases = {
        {R"({"a":1})", [](auto& in) { in.string("a"); }, "top.a: must be a string"},
        {R"({"a":1})", [](auto& in) { in.maybe_string("a"); }, "top.a: must be a string"},
        {R"({"a":"false"})", [](auto& in) { in.flag("a", false); }, "top.a: must be true or false"},
        {R"({"a":0})", [](auto& in) { in.flag("a", false); }, "top.a: must be true or false"},
        {R"({"a":"x"})", [](auto& in) { in.strings("a"); }, "top.a: must be an array of strings"},
        {R"({"a":["x",1]})", [](auto& in) { in.strings("a"); },
         "top.a: must be an array of strings"},
        {R"({"a":{}})", [](auto& in) { in.objects("a"); }, "top.a: must be an array of objects"},
        {R"({"a":[{},1]})", [](auto& in) { in.objects("a"); }, "top.a[1]: must be an object"},
        {R"({"a":[]})", [](auto& in) { in.object("a"); }, "top.a: must be an object"},
        {R"({})", [](auto& in) { in.object("a").string("b"); }, "top.a: is missing"},
        {R"({"a":{"b":{}}})", [](auto& in) { in.object("a").object("b").string("c"); },
         "top.a.b.c: is missing"},
        {R"([])", [](auto&) {}, "top: must be an object"},
        {R"("x")", [](auto& in) { in.string("a"); }, "top: must be an object"},
    };
    for (const auto& [text, ask, want] : cases) BOOST_TEST(problem(text, ask) == want, text);
}

BOOST_AUTO_TEST_CASE(counts_are_whole_exact_and_not_below_zero) {
    const auto count = [](const std::string& number) {
        std::uint64_t out = 99;
        const auto said = problem("{\"a\":" + number + "}", [&](auto& in) { out = in.count("a"); });
        return said.empty() ? std::to_string(out) : "refused";
    };
    BOOST_TEST(count("0") == "0");
    BOOST_TEST(count("1000000000.0") == "1000000000");
    BOOST_TEST(count("1e3") == "1000");
    BOOST_TEST(count("9007199254740992.0") == "9007199254740992");
    BOOST_TEST(count("9223372036854775807") == "9223372036854775807");
    for (const char* bad : {"-1", "-1.0", "1.5", "9007199254740994.0", "1e300", "\"1\"", "true",
                            "9223372036854775808", "[1]"}) {
        BOOST_TEST(count(bad) == "refused", bad);
    }
}

BOOST_AUTO_TEST_CASE(the_first_problem_stays) {
    BOOST_TEST(problem(R"({"a":1,"x":1})", [](auto& in) {
                   in.string("a");
                   in.complain("b", "is odd");
               }) == "top.a: must be a string");
}

BOOST_AUTO_TEST_SUITE_END()
