// What is said of R's serialisations: what R runs by itself is an attack, what waits is carried.
#include <boost/test/unit_test.hpp>

#include "rds_builder.h"
#include "scan_support.h"

using namespace pratique;
using namespace pratique::test;
using namespace pratique::test::r;

namespace {

/// The ids of what is found in an item, or the verdict if nothing is.
std::string found_in(const std::string& item) {
    const auto report = test::scan(r::file(item));
    return report.findings.empty() ? verdict_of(report) : ids(report);
}

std::string found_in_workspace(const std::string& name, const std::string& value) {
    const auto report = test::scan(workspace(cell(value, kNil, name)));
    return report.findings.empty() ? verdict_of(report) : ids(report);
}

const std::string kSystem = call("system", cell(string("true")));
const std::string kPlain = call("mean", cell(symbol("x")));

}  // namespace

BOOST_AUTO_TEST_SUITE(rds_check)

BOOST_AUTO_TEST_CASE(data_is_clean) {
    BOOST_TEST(found_in(vector({integers(3), string("system"), kPlain})) == "clean");
    BOOST_TEST(found_in_workspace("x", integers(1)) == "clean");
    BOOST_TEST(found_in_workspace(".First", integers(1)) == "clean");
}

BOOST_AUTO_TEST_CASE(a_pending_promise_is_critical_but_not_as_a_variable_of_a_function) {
    BOOST_TEST(found_in(promise(kPlain)) == "PRQ-RDS-001");
    BOOST_TEST(found_in(vector({promise(kPlain)})) == "PRQ-RDS-001");
    BOOST_TEST(found_in_workspace("x", promise(kPlain)) == "PRQ-RDS-001");
    BOOST_TEST(found_in(promise(kPlain, integers(1))) == "clean");
    BOOST_TEST(found_in(environment(cell(promise(kPlain), kNil, "x"))) == "PRQ-RDS-005");
    BOOST_TEST(found_in(environment(cell(vector({promise(kPlain)}), kNil, "x"))) == "PRQ-RDS-001");
    // `...` keeps arguments too, if it is a variable itself.
    const std::string dots = word(17) + promise(kPlain) + kNil;
    BOOST_TEST(found_in(environment(cell(dots, kNil, "..."))) == "PRQ-RDS-005");
    BOOST_TEST(found_in(dots) == "PRQ-RDS-001");
}

BOOST_AUTO_TEST_CASE(what_code_calls_decides) {
    BOOST_TEST(found_in(closure(kPlain)) == "PRQ-RDS-005");
    BOOST_TEST(found_in(closure(kSystem)) == "PRQ-RDS-003 PRQ-RDS-005");
    BOOST_TEST(found_in(closure(call("do.call", cell(string("system"))))) ==
               "PRQ-RDS-003 PRQ-RDS-005");
    BOOST_TEST(found_in(closure(call("paste", cell(string("system"))))) == "PRQ-RDS-005");
    BOOST_TEST(found_in(closure(call("eval", cell(symbol("x"))))) == "PRQ-RDS-006 PRQ-RDS-005");
    BOOST_TEST(found_in(kSystem) == "PRQ-RDS-007");
    BOOST_TEST(found_in(call("lm", cell(symbol("system")))) == "clean");
    BOOST_TEST(found_in(word(8) + word(6) + "system") == "PRQ-RDS-003");
}

BOOST_AUTO_TEST_CASE(hooks_are_functions_in_a_workspace) {
    BOOST_TEST(found_in_workspace(".First", closure(kPlain)) == "PRQ-RDS-005 PRQ-RDS-002");
    BOOST_TEST(found_in_workspace(".Last", closure(kPlain)) == "PRQ-RDS-005 PRQ-RDS-002");
    BOOST_TEST(found_in_workspace("First", closure(kPlain)) == "PRQ-RDS-005");
    BOOST_TEST(found_in(cell(closure(kPlain), kNil, ".First")) == "PRQ-RDS-005");
}

BOOST_AUTO_TEST_CASE(vectors_that_come_from_elsewhere) {
    const auto of = [](const std::string& cls) {
        return word(238) + cell(symbol(cls), cell(symbol("base"), cell(integers(1)))) +
               integers(1) + kNil;
    };
    BOOST_TEST(found_in(of("compact_intseq")) == "clean");
    BOOST_TEST(found_in(of("mmap_real")) == "PRQ-RDS-004");
    BOOST_TEST(found_in(of("other")) == "PRQ-RDS-009");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_a_gap) {
    const auto report = test::scan(r::file(vector({integers(1), word(99)})));
    BOOST_TEST(verdict_of(report) == "incomplete");
    BOOST_TEST(identities(report) == "rds");
    // What was found before the damage stays.
    BOOST_TEST(found_in(vector({promise(kPlain), word(99)})) == "PRQ-RDS-001");
    BOOST_TEST(verdict_of(test::scan(r::file(integers(1)) + "rubbish\1")) == "incomplete");
}

BOOST_AUTO_TEST_SUITE_END()
