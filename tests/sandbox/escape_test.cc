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

const std::vector<std::string> none;

/// A line for each attempt that did not end as it must.
std::vector<std::string> wrong(const Options& options, Profile profile) {
    std::vector<std::string> lines;
    for (const Escape& row : all()) {
        const Must& must = row.under(profile);
        if (must.empty()) continue;
        const End end = attempt(row, options, profile);
        if (fulfils(end, must, row.call)) continue;
        lines.push_back(std::to_string(row.number) + " " + std::string(row.attempt) + ": must be " +
                        describe(must, row.call) + ", is " + describe(end));
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

BOOST_AUTO_TEST_CASE(none_gets_out) {
    BOOST_TEST(wrong(options(), Profile::stream) == none, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(none_gets_out_as_an_ordinary_user) {
    if (::geteuid() != 0) {
        BOOST_TEST_MESSAGE("not root: the test before this one ran as an ordinary user");
        return;
    }
    for (const std::string& line :
         as_ordinary_user([](const Options& chosen) { return wrong(chosen, Profile::stream); })) {
        BOOST_ERROR(line);
    }
}

BOOST_AUTO_TEST_SUITE_END()
