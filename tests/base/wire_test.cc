#include "base/wire.h"

#include <boost/test/unit_test.hpp>

using namespace pratique;

BOOST_AUTO_TEST_SUITE(wire)

BOOST_AUTO_TEST_CASE(what_is_written_is_read) {
    WireWriter out;
    out.u8(1).u16(0x0203).u32(0x04050607).u64(0x08090a0b0c0d0e0f).text("name").bytes({});
    BOOST_TEST(out.view().size() == 15U + 8U + 4U);
    Reader in(out.view());
    BOOST_TEST(*in.u8() == 1);
    BOOST_TEST(*in.le<std::uint16_t>() == 0x0203);
    BOOST_TEST(*in.le<std::uint32_t>() == 0x04050607U);
    BOOST_TEST(*in.le<std::uint64_t>() == 0x08090a0b0c0d0e0fU);
    BOOST_TEST(*wire_text(in, 4) == "name");
    BOOST_TEST(wire_bytes(in, 0)->empty());
    BOOST_TEST(in.at_end());
}

BOOST_AUTO_TEST_CASE(a_length_is_checked_before_it_is_believed) {
    WireWriter out;
    out.u32(UINT32_MAX).u8(0);
    Reader in(out.view(), 100);
    BOOST_TEST((wire_bytes(in, 10).error() == Error{Errc::limit_bytes, 100}));
    BOOST_TEST((wire_bytes(in, UINT32_MAX).error() == Error{Errc::truncated, 100}));
    BOOST_TEST(in.offset() == 100U);  // a failed read does not move
    Reader cut(slice(out.view(), 0, 3));
    BOOST_TEST((wire_bytes(cut, 10).error() == Error{Errc::truncated, 0}));
}

BOOST_AUTO_TEST_CASE(a_writer_can_be_used_again) {
    WireWriter out;
    out.u8(7);
    BOOST_TEST(out.take().size() == 1U);
    BOOST_TEST(out.view().empty());
    out.u8(8).clear();
    BOOST_TEST(out.view().empty());
}

BOOST_AUTO_TEST_SUITE_END()
