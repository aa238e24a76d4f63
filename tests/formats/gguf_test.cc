#include "formats/gguf/gguf.h"

#include <boost/test/unit_test.hpp>

#include "formats/gguf/byte_order.h"
#include "gguf_builder.h"

using namespace pratique;
using namespace std::string_literals;
using test::GgufBuilder;

namespace {

constexpr std::uint32_t kF32 = 0;
constexpr std::uint32_t kQ4 = 2;

gguf::File read(const std::string& bytes) { return gguf::read(as_bytes(bytes)); }

/// The error of reading `bytes`; fails the test when there is none.
Errc refusal(const std::string& bytes) {
    const auto file = read(bytes);
    BOOST_TEST_REQUIRE(file.error.has_value());
    return file.error->code;
}
Errc refusal(const GgufBuilder& builder) { return refusal(builder.file()); }

GgufBuilder with_pair(std::uint32_t kind, const std::string& value) {
    return GgufBuilder().pair("k", kind, value);
}

}  // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(Errc)

BOOST_AUTO_TEST_SUITE(gguf_)

BOOST_AUTO_TEST_CASE(tensors_lie_one_behind_the_other) {
    const std::string block(18, 'q');
    const auto bytes = GgufBuilder()
                           .text("general.name", "n")
                           .tensor("a", kF32, std::string(24, 'a'), 3, 2)
                           .tensor("b", kQ4, block + block, 64)
                           .tensor("none", kF32, "", 5, 0)
                           .tensor("scalar", 24, "s")
                           .file();
    BOOST_TEST(gguf::recognise(as_bytes(bytes)));
    const auto file = read(bytes);
    BOOST_TEST_REQUIRE(!file.error);
    BOOST_TEST(file.version == 3U);
    BOOST_TEST_REQUIRE(file.tensors.size() == 4U);
    const gguf::Tensor& a = file.tensors[0];
    BOOST_TEST(a.dimensions == 2U);
    BOOST_TEST(a.sizes[0] == 3U);
    BOOST_TEST(bytes.substr(a.begin, a.bytes) == std::string(24, 'a'));
    const gguf::Tensor& b = file.tensors[1];
    BOOST_TEST((b.type == gguf::Type::Q4_0));
    BOOST_TEST(bytes.substr(b.begin, b.bytes) == block + block);
    BOOST_TEST(b.begin == a.begin + 32);
    BOOST_TEST(file.tensors[2].bytes == 0U);
    BOOST_TEST(file.tensors[3].bytes == 1U);
    BOOST_TEST(file.data_end == bytes.size());
    BOOST_TEST(read(bytes + "more").data_end == bytes.size());
    // The padding of the last tensor may be missing, its data may not.
    BOOST_TEST(!read(bytes.substr(0, bytes.size() - 31)).error);
    BOOST_TEST(refusal(bytes.substr(0, bytes.size() - 32)) == Errc::truncated);
}

BOOST_AUTO_TEST_CASE(versions_and_byte_orders) {
    for (const std::uint32_t version : {1U, 2U, 3U}) {
        const auto bytes = GgufBuilder(version).u32("k", 7).tensor("a", kF32, "1234", 1).file();
        const auto file = read(bytes);
        BOOST_TEST_REQUIRE(!file.error);
        BOOST_TEST(file.version == version);
        BOOST_TEST(file.find("k")->number == 7U);
        BOOST_TEST(file.tensors[0].bytes == 4U);
    }
    const auto big_bytes = GgufBuilder(3, true).u32("k", 7).tensor("a", kF32, "1234", 1).file();
    const auto big = read(big_bytes);
    BOOST_TEST_REQUIRE(!big.error);
    BOOST_TEST(big.big_endian);
    BOOST_TEST(big.find("k")->number == 7U);
    for (const std::uint32_t version : {0U, 4U, 65536U, 0xffffffffU}) {
        BOOST_TEST(refusal(GgufBuilder(version)) == Errc::unsupported);
    }
    for (const std::uint32_t version : {1U, 2U, 4U}) {
        BOOST_TEST(refusal(GgufBuilder(version, true)) == Errc::unsupported);
    }
    BOOST_TEST(refusal("GGUG") == Errc::bad_magic);
    BOOST_TEST(!read(GgufBuilder().file()).error);
}

BOOST_AUTO_TEST_CASE(every_kind_of_value) {
    const GgufBuilder b;
    const auto bytes = GgufBuilder()
                           .pair("u8", 0, "\xff")
                           .pair("i8", 1, "\xff")
                           .pair("u16", 2, "\xff\xff")
                           .pair("i16", 3, "\xfe\xff")
                           .pair("u32", 4, "\xff\xff\xff\xff")
                           .pair("i32", 5, "\xfd\xff\xff\xff")
                           .pair("f32", 6, b.number(0x3f800000, 4))
                           .pair("bool", 7, "\1")
                           .text("string", "\xc3\xa9")
                           .pair("u64", 10, b.number(UINT64_MAX, 8))
                           .pair("i64", 11, b.number(UINT64_MAX, 8))
                           .pair("f64", 12, b.number(1, 8))
                           .array("texts", 8, 3, b.string("x") + b.string("") + b.string("\xff"))
                           .array("numbers", 3, 2, "\1\0\xff\xff"s)
                           .array("empty", 8, 0, "")
                           .file();
    const auto file = read(bytes);
    BOOST_TEST_REQUIRE(!file.error);
    const auto number = [&](const char* key) {
        return static_cast<std::int64_t>(file.find(key)->number);
    };
    BOOST_TEST(number("u8") == 255);
    BOOST_TEST(number("i8") == -1);
    BOOST_TEST(number("u16") == 65535);
    BOOST_TEST(number("i16") == -2);
    BOOST_TEST(number("u32") == 4294967295);
    BOOST_TEST(number("i32") == -3);
    BOOST_TEST(number("f32") == 0x3f800000);
    BOOST_TEST(number("bool") == 1);
    BOOST_TEST(number("i64") == -1);
    BOOST_TEST(file.find("u64")->number == UINT64_MAX);
    BOOST_TEST(file.find("string")->text == "\xc3\xa9");
    BOOST_TEST(file.find("no such key") == nullptr);
    const gguf::Value& texts = *file.find("texts");
    BOOST_TEST(texts.count == 3U);
    BOOST_TEST(texts.items.size() == 26U);
    BOOST_TEST(file.odd_texts == 1U);
    BOOST_TEST_REQUIRE(first_items(file, texts, 2).size() == 2U);
    BOOST_TEST(first_items(file, texts, 2)[0].text == "x");
    const auto numbers = first_items(file, *file.find("numbers"), 9);
    BOOST_TEST_REQUIRE(numbers.size() == 2U);
    BOOST_TEST(static_cast<std::int64_t>(numbers[1].number) == -1);
    BOOST_TEST(file.find("empty")->items.empty());
}

BOOST_AUTO_TEST_CASE(values_that_are_refused) {
    const GgufBuilder b;
    BOOST_TEST(refusal(with_pair(13, "")) == Errc::bad_header);
    BOOST_TEST(refusal(with_pair(7, "\7")) == Errc::bad_number);
    BOOST_TEST(refusal(with_pair(8, b.string("\xff"))) == Errc::bad_text);
    BOOST_TEST(refusal(with_pair(8, b.count(UINT64_MAX))) == Errc::overflow);
    BOOST_TEST(refusal(with_pair(4, "123")) == Errc::truncated);
    const auto array = [](std::uint32_t kind, std::uint64_t count, const std::string& items) {
        return refusal(GgufBuilder().array("k", kind, count, items));
    };
    BOOST_TEST(array(9, 1, std::string(32, '\0')) == Errc::bad_header);
    BOOST_TEST(array(99, 1, std::string(32, '\0')) == Errc::bad_header);
    BOOST_TEST(array(7, 2, "\1\2") == Errc::bad_number);
    BOOST_TEST(array(4, std::uint64_t{1} << 61, "") == Errc::overflow);
    BOOST_TEST(array(4, std::uint64_t{1} << 62, "") == Errc::overflow);
    BOOST_TEST(array(4, UINT64_MAX, "") == Errc::negative_length);
    BOOST_TEST(array(0, (std::uint64_t{1} << 30) + 1, "") == Errc::limit_nodes);
    BOOST_TEST(array(0, 9, "12345678") == Errc::truncated);
    BOOST_TEST(array(8, 2, b.string("a") + b.count(9) + "b") == Errc::truncated);
}

BOOST_AUTO_TEST_CASE(keys_are_not_empty_and_occur_once) {
    BOOST_TEST(refusal(GgufBuilder().u32("", 1)) == Errc::bad_name);
    BOOST_TEST(refusal(GgufBuilder().u32("a\0b"s, 1)) == Errc::bad_name);
    BOOST_TEST(refusal(GgufBuilder().u32("\xff", 1)) == Errc::bad_text);
    BOOST_TEST(refusal(GgufBuilder().u32(std::string(65536, 'k'), 1)) == Errc::bad_name);
    BOOST_TEST(refusal(GgufBuilder().u32("b", 1).u32("a", 1).u32("b", 1)) == Errc::duplicate_key);
}

BOOST_AUTO_TEST_CASE(the_alignment_is_a_power_of_two) {
    GgufBuilder wide;
    wide.alignment = 128;
    const auto file = read(wide.u32("general.alignment", 128)
                               .tensor("a", kF32, "1234", 1)
                               .tensor("b", kF32, "5678", 1)
                               .file());
    BOOST_TEST_REQUIRE(!file.error);
    BOOST_TEST(file.tensors[1].begin == file.data_offset + 128);
    BOOST_TEST(file.data_offset % 128 == 0U);
    for (const std::uint32_t bad : {0U, 3U, 48U, 0xffffffffU}) {
        BOOST_TEST(refusal(GgufBuilder().u32("general.alignment", bad)) == Errc::bad_header);
    }
    BOOST_TEST(refusal(GgufBuilder().pair("general.alignment", 5, " \0\0\0"s)) == Errc::bad_header);
    // Places by another alignment than the one that is stated.
    BOOST_TEST(refusal(GgufBuilder()
                           .u32("general.alignment", 64)
                           .tensor("a", kF32, "1234", 1)
                           .tensor("b", kF32, "1234", 1)) == Errc::overlap);
    const auto huge = GgufBuilder().u32("general.alignment", 0x80000000).tensor("a", kF32, "", 0);
    BOOST_TEST(refusal(huge) == Errc::truncated);
}

BOOST_AUTO_TEST_CASE(counts_are_held_against_the_bytes) {
    const GgufBuilder b;
    BOOST_TEST(refusal(b.file(std::uint64_t{1} << 40, 0)) == Errc::limit_members);
    BOOST_TEST(refusal(b.file(0, std::uint64_t{1} << 40)) == Errc::limit_members);
    BOOST_TEST(refusal(b.file(std::uint64_t{1} << 59, 0)) == Errc::overflow);
    BOOST_TEST(refusal(b.file(0, std::uint64_t{1} << 59)) == Errc::overflow);
    BOOST_TEST(refusal(b.file(UINT64_MAX, 0)) == Errc::negative_length);
    BOOST_TEST(refusal(b.file(0, std::uint64_t{1} << 63)) == Errc::negative_length);
    BOOST_TEST(refusal(b.file(999'999, 0)) == Errc::truncated);
    BOOST_TEST(refusal(b.file(0, 1)) == Errc::truncated);
    BOOST_TEST(refusal(b.file(1, 0)) == Errc::truncated);
}

BOOST_AUTO_TEST_CASE(entries_that_are_refused) {
    const auto sizes = [](auto... all) {
        return refusal(GgufBuilder().entry("a", kF32, 0, all...));
    };
    BOOST_TEST(sizes(1, 1, 1, 1, 1) == Errc::limit_rank);
    BOOST_TEST(sizes(-1) == Errc::negative_length);
    BOOST_TEST(sizes(std::uint64_t{1} << 61) == Errc::overflow);
    BOOST_TEST(sizes(std::uint64_t{1} << 32, std::uint64_t{1} << 32) == Errc::overflow);
    BOOST_TEST(sizes(0, std::uint64_t{1} << 62, std::uint64_t{1} << 62) == Errc::overflow);
    BOOST_TEST(sizes(0, std::uint64_t{1} << 62, 2) == Errc::overflow);
    BOOST_TEST(sizes(9) == Errc::truncated);
    for (const std::uint32_t type : {4U, 5U, 31U, 38U, 43U, 999U, 0xffffffffU}) {
        BOOST_TEST(refusal(GgufBuilder().entry("a", type, 0, 1)) == Errc::unknown_dtype);
    }
    BOOST_TEST(refusal(GgufBuilder().entry("a", kQ4, 0, 33)) == Errc::size_mismatch);
    BOOST_TEST(refusal(GgufBuilder().entry("a", kQ4, 0, 16, 2)) == Errc::size_mismatch);
    BOOST_TEST(refusal(GgufBuilder().entry("a", kQ4, 0)) == Errc::size_mismatch);
    for (const std::uint64_t offset : {std::uint64_t{4}, std::uint64_t{32}, UINT64_MAX}) {
        BOOST_TEST(refusal(GgufBuilder().entry("a", kF32, offset, 1)) == Errc::bad_offset);
    }
    BOOST_TEST(refusal(GgufBuilder().tensor(std::string(64, 'n'), kF32, "1234", 1)) ==
               Errc::bad_name);
    BOOST_TEST(!read(GgufBuilder().tensor(std::string(63, 'n'), kF32, "1234", 1).file()).error);
    BOOST_TEST(refusal(GgufBuilder().entry("a\0"s, kF32, 0, 1)) == Errc::bad_name);
    BOOST_TEST(refusal(GgufBuilder().entry("\xff", kF32, 0, 1)) == Errc::bad_text);
    BOOST_TEST(refusal(GgufBuilder().tensor("a", kF32, "1234", 1).tensor("a", kF32, "1234", 1)) ==
               Errc::duplicate_key);
}

BOOST_AUTO_TEST_CASE(truncation_at_every_byte_keeps_what_was_read) {
    const auto whole = GgufBuilder()
                           .u32("a", 1)
                           .text("b", "text")
                           .tensor("t", kF32, std::string(32, 't'), 8)
                           .file();
    BOOST_TEST_REQUIRE(!read(whole).error);
    std::size_t pairs = 0;
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto file = read(whole.substr(0, size));
        BOOST_TEST_REQUIRE(file.error.has_value());
        const bool named = file.error->code == Errc::truncated ||
                           (size < 4 && file.error->code == Errc::bad_magic);
        BOOST_TEST(named);
        BOOST_TEST(file.pairs.size() >= pairs);
        pairs = file.pairs.size();
    }
    BOOST_TEST(pairs == 2U);
}

BOOST_AUTO_TEST_CASE(scales_of_big_endian_blocks_are_swapped) {
    const auto swapped = [](gguf::Type type, std::string block) {
        const auto done =
            gguf::swap_blocks(type, std::as_writable_bytes(std::span(block.data(), block.size())));
        return done ? block : std::string(name(done.error().code));
    };
    const auto two = "dm" + std::string(16, 'q');
    BOOST_TEST(swapped(gguf::Type::Q4_0, two + two) ==
               "md" + std::string(16, 'q') + "md" + std::string(16, 'q'));
    BOOST_TEST(swapped(gguf::Type::Q2_K, std::string(80, 'q') + "abcd") ==
               std::string(80, 'q') + "badc");
    BOOST_TEST(swapped(gguf::Type::Q6_K, std::string(208, 'q') + "ab") ==
               std::string(208, 'q') + "ba");
    BOOST_TEST(swapped(gguf::Type::MXFP4, std::string(16, 'q') + "a") ==
               std::string(16, 'q') + "a");
    BOOST_TEST(swapped(gguf::Type::Q5_0, std::string(22, 'q')) == "unsupported");
    BOOST_TEST(swapped(gguf::Type::IQ2_XXS, std::string(66, 'q')) == "unsupported");
    BOOST_TEST(swapped(gguf::Type::F32, "1234") == "unsupported");
    BOOST_TEST(swapped(gguf::Type::Q4_0, "1234") == "size_mismatch");
}

BOOST_AUTO_TEST_SUITE_END()
