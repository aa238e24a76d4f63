#include "base/time.h"

#include <boost/test/unit_test.hpp>

using namespace pratique;

BOOST_AUTO_TEST_SUITE(time_)

BOOST_AUTO_TEST_CASE(times_are_written_and_read) {
    const std::vector<std::pair<std::int64_t, std::string>> times = {
        {0, "1970-01-01T00:00:00Z"},
        {-1, "1969-12-31T23:59:59Z"},
        {1'800'000'000, "2027-01-15T08:00:00Z"},
        {951'782'400, "2000-02-29T00:00:00Z"},
        {253'402'300'799, "9999-12-31T23:59:59Z"},
        {-62'167'219'200, "0000-01-01T00:00:00Z"}};
    for (const auto& [seconds, text] : times) {
        BOOST_TEST(utc_text(seconds) == text);
        BOOST_TEST(utc_seconds(text).value_or(-7) == seconds, text);
    }
}

BOOST_AUTO_TEST_CASE(one_form_only) {
    for (const char* bad :
         {"", "2027-01-15", "2027-01-15T08:00:00", "2027-01-15T08:00:00z", "2027-01-15t08:00:00Z",
          "2027-01-15 08:00:00Z", "2027-01-15T08:00:00+00:00", "2027-01-15T08:00:00.0Z",
          " 2027-01-15T08:00:00Z", "2027-01-15T08:00:00Z ", "2027-1-15T08:00:00Z",
          "+027-01-15T08:00:00Z", "2027-01-15T08:00:-1Z", "2027/01/15T08:00:00Z",
          "12027-01-15T08:00:00Z", "2027-01-15T08.00.00Z", "20x7-01-15T08:00:00Z"}) {
        BOOST_TEST(!utc_seconds(bad), bad);
    }
}

BOOST_AUTO_TEST_CASE(only_what_the_calendar_and_the_clock_have) {
    for (const char* bad :
         {"2027-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2027-00-15T00:00:00Z",
          "2027-13-15T00:00:00Z", "2027-04-31T00:00:00Z", "2027-01-00T00:00:00Z",
          "2027-01-15T24:00:00Z", "2027-01-15T00:60:00Z", "2027-01-15T00:00:60Z"}) {
        BOOST_TEST(!utc_seconds(bad), bad);
    }
    BOOST_TEST(utc_seconds("2024-02-29T00:00:00Z").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
