#include "base/reader.h"

#include <boost/test/unit_test.hpp>

#include "base/checked.h"

using namespace pratique;

namespace {

Result<std::uint32_t> sum(Reader& in) {
    const auto first = TRY(in.le<std::uint16_t>());
    return first + TRY(in.be<std::uint16_t>());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(reader)

BOOST_AUTO_TEST_CASE(take_moves_only_when_it_succeeds) {
    Reader in(as_bytes("abcdef"), 100);
    BOOST_TEST(text(*in.take(2)) == "ab");
    const auto tooMany = in.take(5);
    BOOST_TEST(!tooMany);
    BOOST_TEST((tooMany.error() == Error{Errc::truncated, 102}));
    BOOST_TEST(!in.take(UINT64_MAX));
    BOOST_TEST(text(*in.take(4)) == "cdef");
    BOOST_TEST(in.at_end());
}

BOOST_AUTO_TEST_CASE(numbers_are_read_in_the_order_asked_for) {
    Reader in(as_bytes("\x01\x02\x03\x04"));
    BOOST_TEST(*sum(in) == 0x0201U + 0x0304U);
    BOOST_TEST((sum(in).error() == Error{Errc::truncated, 4}));
}

BOOST_AUTO_TEST_CASE(a_line_needs_its_end) {
    Reader in(as_bytes("os\nsystem"));
    BOOST_TEST(text(*in.line()) == "os");
    BOOST_TEST((in.line().error() == Error{Errc::bad_line, 3}));
}

BOOST_AUTO_TEST_CASE(a_sub_reader_ends_where_its_part_ends) {
    Reader in(as_bytes("abcdef"), 10);
    Reader part = *in.sub(3);
    BOOST_TEST(part.offset() == 10U);
    BOOST_TEST(!part.take(4));
    BOOST_TEST(text(in.rest()) == "def");
}

BOOST_AUTO_TEST_CASE(arithmetic_says_when_it_does_not_fit) {
    BOOST_TEST(!checked_add<std::uint64_t>(UINT64_MAX, 1));
    BOOST_TEST(!checked_mul<std::uint64_t>(1ULL << 33, 1ULL << 33));
    BOOST_TEST(*checked_mul<std::uint64_t>(3, 5) == 15U);
    BOOST_TEST(fits(3, 2, 5));
    BOOST_TEST(!fits(4, 2, 5));
    BOOST_TEST(!fits(6, UINT64_MAX, 5));
}

BOOST_AUTO_TEST_SUITE_END()
