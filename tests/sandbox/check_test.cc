#include "sandbox/check.h"

#include "talk.h"

using namespace worker_test;

BOOST_AUTO_TEST_SUITE(check)

BOOST_AUTO_TEST_CASE(every_attempt_ends_as_expected) {
    const sandbox::Check tried = sandbox::check(options());
    const std::vector<CheckRow>& rows = tried.rows;
    BOOST_TEST(rows.size() > 40U);
    BOOST_TEST(!tried.failed());
    BOOST_TEST(std::ranges::count_if(rows, &CheckRow::ok) > 35);
    BOOST_TEST((tried.isolation.tier() >= Tier::strong));
    for (const CheckRow& row : rows) {
        BOOST_TEST_CONTEXT(row.attempt << ": expected " << row.expected << ", got " << row.got) {
            BOOST_TEST(!row.failed());
        }
    }
}

BOOST_AUTO_TEST_CASE(without_a_worker_one_row_says_why) {
    const sandbox::Check tried = sandbox::check({.worker = "/nowhere/worker"});
    const std::vector<CheckRow>& rows = tried.rows;
    BOOST_TEST_REQUIRE(rows.size() == 1U);
    BOOST_TEST(!rows[0].ok);
    BOOST_TEST(tried.failed());
    BOOST_TEST(rows[0].got.starts_with("helper_missing"));
}

BOOST_AUTO_TEST_SUITE_END()
