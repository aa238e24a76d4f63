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
std::string wrong(const Options& options, Profile profile) {
    std::string lines;
    for (const Escape& row : all()) {
        const Must& must = row.under(profile);
        if (must.empty()) continue;
        const End end = attempt(row, options, profile);
        if (fulfils(end, must, row.call)) continue;
        lines += std::to_string(row.number) + " " + std::string(row.attempt) + ": must be " +
                 describe(must, row.call) + ", is " + describe(end) + "\n";
    }
    return lines;
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

BOOST_AUTO_TEST_CASE(none_gets_out) { BOOST_TEST(wrong(options(), Profile::stream) == ""); }

BOOST_AUTO_TEST_CASE(none_gets_out_as_an_ordinary_user) {
    if (::geteuid() != 0) {
        BOOST_TEST_MESSAGE("not root: the test before this one ran as an ordinary user");
        return;
    }
    BOOST_TEST(as_ordinary_user(
                   [](const Options& chosen) { return wrong(chosen, Profile::stream); }) == "");
}

BOOST_AUTO_TEST_SUITE_END()
