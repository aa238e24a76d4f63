#include "sandbox/loader/block_checksums.h"

#include <boost/test/unit_test.hpp>

#include "sandbox/loader/load.h"

using namespace pratique;
using namespace pratique::loader;

namespace {

std::vector<std::byte> file(std::size_t size) {
    std::vector<std::byte> out(size);
    std::uint32_t number = 1;
    for (std::byte& byte : out) {
        number = number * 1664525 + 1013904223;
        byte = static_cast<std::byte>(number >> 24);
    }
    return out;
}

std::vector<std::uint32_t> checksums(Bytes bytes) {
    std::vector<std::uint32_t> out;
    for (std::uint64_t at = 0; at < bytes.size(); at += kChecksumBlock) {
        out.push_back(loader::crc32(slice(bytes, at, kChecksumBlock)));
    }
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(block_checksums)

BOOST_AUTO_TEST_CASE(parts_have_the_checksum_of_their_bytes) {
    const auto bytes = file(5 * kChecksumBlock + 1000);
    const BlockChecksums blocks(checksums(bytes));
    std::uint64_t read = 0;
    const auto edge = [&](std::uint64_t offset, std::uint64_t size) {
        read += size;
        return loader::crc32(slice(bytes, offset, size));
    };
    for (const std::uint64_t offset : {0UL, 1UL, 1000UL, kChecksumBlock - 1, kChecksumBlock}) {
        for (const std::uint64_t end :
             {3 * kChecksumBlock, 3 * kChecksumBlock + 1, 5 * kChecksumBlock - 1, bytes.size()}) {
            BOOST_TEST_REQUIRE(blocks.covers(offset, end - offset));
            read = 0;
            BOOST_TEST(blocks.of(offset, end - offset, edge) ==
                       loader::crc32(slice(bytes, offset, end - offset)));
            BOOST_TEST(read < 2 * kChecksumBlock);
        }
    }
}

BOOST_AUTO_TEST_CASE(what_has_no_whole_block_is_not_covered) {
    const auto bytes = file(3 * kChecksumBlock);
    const BlockChecksums blocks(checksums(bytes));
    BOOST_TEST(!blocks.covers(1, kChecksumBlock));
    BOOST_TEST(!blocks.covers(0, kChecksumBlock - 1));
    BOOST_TEST(blocks.covers(0, kChecksumBlock));
    BOOST_TEST(!blocks.covers(kChecksumBlock, 3 * kChecksumBlock));
    BOOST_TEST(!BlockChecksums().covers(0, 3 * kChecksumBlock));
}

BOOST_AUTO_TEST_SUITE_END()
