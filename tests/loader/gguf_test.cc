#include "sandbox/loader/gguf.h"

#include <boost/test/unit_test.hpp>
#include <cstring>

#include "gguf_builder.h"
#include "part_loading.h"

using namespace pratique;
using namespace pratique::loader;
using namespace std::string_literals;
using test::GgufBuilder;
using test::PartLoading;

namespace {

constexpr std::uint32_t kF32 = 0;
constexpr std::uint32_t kQ4 = 2;
constexpr std::uint32_t kQ50 = 6;
constexpr std::uint32_t kQ81 = 9;

/// Sixteen bytes of Q4_0 codes behind the scale 1.0: -8 in the low half, 1 in the high one.
const std::string kCodes = std::string(16, '\x90');
const std::string kBlock = "\0\x3c"s + kCodes;

Options dequantized() {
    Options out;
    out.dequantize = true;
    return out;
}

std::vector<float> floats(const std::string& data) {
    std::vector<float> out(data.size() / sizeof(float));
    std::memcpy(out.data(), data.data(), data.size());
    return out;
}

}  // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(Errc)

BOOST_AUTO_TEST_SUITE(load_gguf_)

BOOST_AUTO_TEST_CASE(tensors_stay_where_they_are) {
    const PartLoading out(load_gguf, GgufBuilder()
                                         .tensor("blk.0.w", kF32, std::string(24, 'w'), 3, 2)
                                         .tensor("q", kQ4, kBlock + kBlock, 32, 2)
                                         .file());
    BOOST_TEST_REQUIRE(!out.error);
    BOOST_TEST(out.loaded.format == "gguf");
    const Tensor& w = out.loaded.tensors.at(0);
    BOOST_TEST(w.path.size() == 1U);
    BOOST_TEST(w.name() == "blk.0.w");
    BOOST_TEST(w.shape == (std::vector<std::uint64_t>{2, 3}), boost::test_tools::per_element());
    BOOST_TEST(*w.ggml_type == kF32);
    const Tensor& q = out.loaded.tensors.at(1);
    BOOST_TEST(q.dtype.name() == "ggml:Q4_0");
    BOOST_TEST(q.dtype.group == 32U);
    BOOST_TEST(q.source == 0U);
    BOOST_TEST(out.data(1) == kBlock + kBlock);
    BOOST_TEST(out.output.bytes().empty());
    BOOST_TEST(out.loaded.warnings.empty());
}

BOOST_AUTO_TEST_CASE(what_was_unpacked_is_copied) {
    const PartLoading out(load_gguf, GgufBuilder().tensor("q", kQ4, kBlock, 32).file(), {}, true);
    BOOST_TEST_REQUIRE(!out.error);
    BOOST_TEST(out.loaded.tensors.at(0).source == kOutput);
    BOOST_TEST(out.data(0) == kBlock);
}

BOOST_AUTO_TEST_CASE(where_the_pairs_are_is_said_of_the_file_itself_only) {
    const std::string bytes = GgufBuilder().text("k", "v").tensor("w", kF32, "1234", 1).file();
    for (const bool unpacked : {false, true}) {
        const PartLoading out(load_gguf, bytes, {}, unpacked);
        BOOST_TEST_REQUIRE(!out.error);
        const Tree& tree = out.loaded.tree;
        const auto offset = tree.find(*out.loaded.metadata, "values_offset");
        BOOST_TEST_REQUIRE(offset.has_value() == !unpacked);
        if (offset) BOOST_TEST(tree.integer_of(*offset) == 4 + 4 + 8 + 8);
    }
}

BOOST_AUTO_TEST_CASE(numbers_of_the_other_byte_order_are_swapped) {
    const PartLoading out(load_gguf, GgufBuilder(3, true)
                                         .tensor("f", kF32, "12345678", 2)
                                         .tensor("b", 24, "abc", 3)
                                         .tensor("q", kQ4, "\x3c\0"s + kCodes, 32)
                                         .file());
    BOOST_TEST_REQUIRE(!out.error);
    BOOST_TEST(out.data(0) == "43218765");
    BOOST_TEST(out.data(1) == "abc");
    BOOST_TEST(out.loaded.tensors[1].source == 0U);
    BOOST_TEST(out.data(2) == kBlock);
    BOOST_TEST(out.text_of({"byteorder"}) == "big");
    const PartLoading odd(load_gguf,
                          GgufBuilder(3, true).tensor("q", kQ50, std::string(22, 'q'), 32).file());
    BOOST_TEST((odd.error == Errc::unsupported));
}

BOOST_AUTO_TEST_CASE(blocks_become_numbers_if_wanted) {
    const std::size_t count = 10'000;
    std::string blocks;
    for (std::size_t i = 0; i < count; ++i) blocks += kBlock;
    const auto bytes =
        GgufBuilder().tensor("w", kF32, "1234", 1).tensor("q", kQ4, blocks, 32, count).file();
    const PartLoading out(load_gguf, bytes, dequantized());
    BOOST_TEST_REQUIRE(!out.error);
    BOOST_TEST(out.data(0) == "1234");
    BOOST_TEST(out.loaded.tensors[0].source == 0U);
    const Tensor& q = out.loaded.tensors[1];
    BOOST_TEST(q.dtype.name() == "float32");
    BOOST_TEST(*q.ggml_type == kQ4);
    const auto numbers = floats(out.data(1));
    BOOST_TEST_REQUIRE(numbers.size() == 32 * count);
    BOOST_TEST(numbers[0] == -8.0F);
    BOOST_TEST(numbers[16] == 1.0F);
    BOOST_TEST(numbers[32 * count - 17] == -8.0F);
    BOOST_TEST(numbers.back() == 1.0F);
    BOOST_TEST(out.output.largest_write() <= kMiB);
    const PartLoading big(load_gguf,
                          GgufBuilder(3, true).tensor("q", kQ4, "\x3c\0"s + kCodes, 32).file(),
                          dequantized());
    BOOST_TEST_REQUIRE(!big.error);
    BOOST_TEST(floats(big.data(0))[31] == 1.0F);
}

BOOST_AUTO_TEST_CASE(numbers_that_are_too_many_or_not_known_are_refused) {
    const auto bytes = GgufBuilder().tensor("q", kQ4, kBlock, 32).file();
    Options options = dequantized();
    options.logical_bytes = 0;  // then it is four times the file
    BOOST_TEST(!PartLoading(load_gguf, bytes, options).error);
    const PartLoading no_room(load_gguf, bytes, options, false, 127);
    BOOST_TEST((no_room.error == Errc::limit_bytes));
    std::string blocks;
    for (int i = 0; i < 100; ++i) blocks += kBlock;
    const PartLoading large(load_gguf, GgufBuilder().tensor("q", kQ4, blocks, 3200).file(),
                            options);
    BOOST_TEST((large.error == Errc::limit_logical));
    BOOST_TEST(large.output.largest_write() == 0U);
    const auto sums = GgufBuilder().tensor("q", kQ81, std::string(36, 'q'), 32).file();
    BOOST_TEST(!PartLoading(load_gguf, sums).error);
    BOOST_TEST((PartLoading(load_gguf, sums, dequantized()).error == Errc::unsupported));
}

BOOST_AUTO_TEST_CASE(what_the_file_says_about_itself) {
    const GgufBuilder b;
    const PartLoading out(load_gguf, GgufBuilder()
                                             .text("general.architecture", "llama")
                                             .text("general.name", "a name")
                                             .pair("u64", 10, b.number(UINT64_MAX, 8))
                                             .pair("i8", 1, "\xfe")
                                             .pair("f32", 6, b.number(0x3fc00000, 4))
                                             .pair("bool", 7, "\1")
                                             .array("short", 0, 2, "\1\2")
                                             .array("long", 0, 17, std::string(17, 'x'))
                                             .array("odd", 8, 1, b.string("\xff"))
                                             .file() +
                                         "more");
    BOOST_TEST_REQUIRE(!out.error);
    const Tree& tree = out.loaded.tree;
    BOOST_TEST(tree.integer_of(*out.metadata({"version"})) == 3);
    BOOST_TEST(out.text_of({"architecture"}) == "llama");
    BOOST_TEST(out.text_of({"name"}) == "a name");
    BOOST_TEST(out.text_of({"metadata", "u64"}) == "0xffffffffffffffff");
    BOOST_TEST(tree.integer_of(*out.metadata({"metadata", "i8"})) == -2);
    BOOST_TEST(tree.real_of(*out.metadata({"metadata", "f32"})) == 1.5);
    BOOST_TEST(tree[*out.metadata({"metadata", "bool"})].number == 1U);
    const auto items = tree.children(*out.metadata({"metadata", "short"}));
    BOOST_TEST_REQUIRE(items.size() == 2U);
    BOOST_TEST(tree.integer_of(items[1]) == 2);
    BOOST_TEST(tree.integer_of(*out.metadata({"metadata", "long", "count"})) == 17);
    BOOST_TEST(tree.children(*out.metadata({"metadata", "long", "first"})).size() == 16U);
    BOOST_TEST_REQUIRE(out.loaded.warnings.size() == 2U);
    BOOST_TEST(out.loaded.warnings[0].code == Errc::trailing_bytes);
    BOOST_TEST(out.loaded.warnings[0].offset == out.file.size() - 4);
    BOOST_TEST(out.loaded.warnings[1].code == Errc::bad_text);
}

BOOST_AUTO_TEST_SUITE_END()
