#include "sandbox/check.h"

#include "talk.h"

using namespace worker_test;

BOOST_AUTO_TEST_SUITE(check)

BOOST_AUTO_TEST_CASE(every_attempt_ends_as_expected) {
    const std::vector<CheckRow> rows = sandbox::check(options());
    BOOST_TEST(rows.size() > 30U);
    for (const CheckRow& row : rows) {
        BOOST_TEST_CONTEXT(row.attempt << ": expected " << row.expected << ", got " << row.got) {
            BOOST_TEST(row.ok);
        }
    }
}

BOOST_AUTO_TEST_CASE(without_a_worker_one_row_says_why) {
    const std::vector<CheckRow> rows = sandbox::check({.worker = "/nowhere/worker"});
    BOOST_TEST_REQUIRE(rows.size() == 1U);
    BOOST_TEST(!rows[0].ok);
    BOOST_TEST(rows[0].got.starts_with("helper_missing"));
}

BOOST_AUTO_TEST_SUITE_END()
