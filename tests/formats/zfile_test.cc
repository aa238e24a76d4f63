#include "formats/archive/zfile.h"

#include <zlib.h>

#include <boost/test/unit_test.hpp>

using namespace pratique;

namespace {

constexpr archive::InflateLimits kPlenty{.bytes = kMiB, .ratio = 1000, .ratio_floor = kMiB};
const std::string kData = "(lp0\nI1\na. and some more to make it longer";

std::string zlib(const std::string& data) {
    uLongf size = compressBound(data.size());
    std::string out(size, '\0');
    BOOST_REQUIRE(compress(reinterpret_cast<Bytef*>(out.data()), &size,
                           reinterpret_cast<const Bytef*>(data.data()), data.size()) == Z_OK);
    out.resize(size);
    return out;
}

std::string file_of(std::string length, std::size_t width = 19) {
    length.resize(width, ' ');
    return "ZF" + length + zlib(kData);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(zfile_format)

BOOST_AUTO_TEST_CASE(both_widths_are_read) {
    for (const std::size_t width : {19UL, 20UL}) {
        const std::string bytes = file_of("0x2a", width);
        BOOST_REQUIRE(kData.size() == 0x2a);
        BOOST_TEST(zfile::recognise(as_bytes(bytes)));
        const auto header = zfile::parse(as_bytes(bytes));
        BOOST_REQUIRE(static_cast<bool>(header));
        BOOST_TEST(header->declared == 0x2aU);
        BOOST_TEST(header->payload == 2 + width);
        const auto result = zfile::inflate(as_bytes(bytes), kPlenty);
        BOOST_TEST(!result.error);
        BOOST_TEST(text(result.bytes) == kData);
        BOOST_TEST(result.consumed == bytes.size());
    }
}

BOOST_AUTO_TEST_CASE(every_spelling_of_the_length_that_python_takes_is_read) {
    for (const std::string length : {"0x2a", "0X2A", "2a", "  0x2a", "+0x2a", "0x_2_a", "0x2aL"}) {
        BOOST_TEST_CONTEXT(length) {
            const auto header = zfile::parse(as_bytes(file_of(length)));
            BOOST_REQUIRE(static_cast<bool>(header));
            BOOST_TEST(header->declared == 0x2aU);
        }
    }
    for (const std::string length : {"", "0x", "zoo", "-0x2a", "0x2 a", "0xfffffffffffffffff"}) {
        BOOST_TEST_CONTEXT(length) {
            BOOST_TEST(
                (zfile::parse(as_bytes(file_of(length))).error() == Error{Errc::bad_number, 2}));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_wrong_length_is_said_and_the_bytes_are_kept) {
    const auto result = zfile::inflate(as_bytes(file_of("0xffffffffffff")), kPlenty);
    BOOST_TEST((result.error == Error{Errc::size_mismatch, 2}));
    BOOST_TEST(text(result.bytes) == kData);
}

BOOST_AUTO_TEST_CASE(offsets_count_from_the_start_of_the_file) {
    const std::string bytes = file_of("0x2a");
    const auto cut = zfile::inflate(as_bytes(bytes).first(bytes.size() - 3), kPlenty);
    BOOST_TEST((cut.error == Error{Errc::truncated, bytes.size() - 3}));
    BOOST_TEST((zfile::inflate(as_bytes("ZX"), kPlenty).error == Error{Errc::bad_magic, 0}));
    BOOST_TEST((zfile::inflate(as_bytes("ZF0x1"), kPlenty).error == Error{Errc::truncated, 2}));
}

BOOST_AUTO_TEST_SUITE_END()
