// Every attempt of the list, in a worker of its own, as the user who runs the test and, if that
// is root, as an ordinary user too.
#include "escape.h"

#include <filesystem>
#include <set>

#include "other_user.h"

using namespace escapes;

namespace {

Escapes all() {
    Escapes rows;
    for (const auto& part : {work(), programs(), paths(), processes(), machinery(), memory(),
                             descriptors(), state(), rarities(), of_x86_64()}) {
        rows.insert(rows.end(), part.begin(), part.end());
    }
    return rows;
}

/// A line for each attempt that did not end as it must.
std::string wrong(const Options& options) {
    std::string lines;
    for (const Escape& row : all()) {
        const Must& must = row.under(options.profile);
        const End end = attempt(row, options);
        if (fulfils(end, must, row.call)) continue;
        lines += std::to_string(row.number) + " " + std::string(row.attempt) + ": must be " +
                 describe(must, row.call) + ", is " + describe(end) + "\n";
    }
    return lines;
}

std::string all_wrong(const Options& options) { return in_each_profile(options, wrong); }

/// With none of the lock, what the numbers in a row of the suite stand for.
std::string ends_without_lock(const Options& options) {
    Options open = options;
    open.min_tier = Tier::none;
    open.canary_layers = {};
    open.request_timeout = std::chrono::milliseconds(300);  // some calls wait
    std::string lines;
    for (const Escape& row : all()) {
        if (row.request == kCanary) {
            lines += describe(attempt(row, open)) + " " + std::string(row.attempt) + "\n";
        }
    }
    return lines;
}

std::size_t count(std::string_view lines, std::string_view start) {
    std::size_t found = lines.starts_with(start) ? 1 : 0;
    for (std::size_t at = 0; (at = lines.find('\n', at)) != std::string_view::npos; ++at) {
        if (lines.substr(at + 1).starts_with(start)) ++found;
    }
    return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(escape)

BOOST_AUTO_TEST_CASE(every_number_is_there) {
    std::set<int> numbers;
    for (const Escape& row : all()) numbers.insert(row.number);
#if defined(__x86_64__)
    for (int number = 1; number <= 127; ++number) {
        BOOST_TEST_CONTEXT("number " << number) { BOOST_TEST(numbers.contains(number)); }
    }
#endif
    BOOST_TEST(*numbers.rbegin() == 127);
}

BOOST_AUTO_TEST_CASE(none_gets_out) { BOOST_TEST(all_wrong(options()) == ""); }

BOOST_AUTO_TEST_CASE(none_gets_out_as_an_ordinary_user) {
    if (::geteuid() != 0) {
        BOOST_TEST_MESSAGE("not root: the test before this one ran as an ordinary user");
        return;
    }
    BOOST_TEST(as_ordinary_user(all_wrong) == "");
}

BOOST_AUTO_TEST_CASE(most_would_get_out_without_the_lock) {
    // A row with a wrong pointer or a wrong flag would pass the tests above and mean nothing. Not
    // as root, to whom some of them would do something.
    const std::string lines =
        ::geteuid() == 0 ? as_ordinary_user(ends_without_lock) : ends_without_lock(options());
    BOOST_TEST_CONTEXT(lines) {
        BOOST_TEST(count(lines, "works ") > 60U);
        BOOST_TEST(count(lines, "denied ") == 0U);
        BOOST_TEST(count(lines, "EFAULT ") == 1U);  // "receive at a bad address"
    }
}

BOOST_AUTO_TEST_SUITE_END()
