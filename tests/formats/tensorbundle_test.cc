#include <boost/test/unit_test.hpp>

#include "formats/tensorbundle/bundle.h"
#include "formats/tensorbundle/crc32c.h"
#include "formats/tensorbundle/snappy.h"
#include "table_builder.h"

using namespace pratique;
using namespace pratique::tensorbundle;
using namespace std::string_literals;
using test::bundle_entry;
using test::bundle_header;
using test::Rows;
using test::TableBuilder;

namespace {

Errc table_refusal(const std::string& file, const Limits& limits = {}) {
    const auto result = read_table(as_bytes(file), limits);
    BOOST_TEST_REQUIRE(!result);
    return result.error().code;
}

Errc bundle_refusal(const Rows& rows) {
    const auto file = TableBuilder().add(rows).finish();
    const auto result = read_bundle(as_bytes(file), Limits{});
    BOOST_TEST_REQUIRE(!result);
    return result.error().code;
}

Errc entry_refusal(const std::string& entry) {
    return bundle_refusal({{"", bundle_header()}, {"w", entry}});
}

/// A table of one block with these contents.
std::string table_of(const std::string& contents, const std::string& last = "z",
                     char compression = 0) {
    return TableBuilder().add(contents, last, compression).finish();
}

std::string inflated(const std::string& compressed, std::uint64_t most = 1000) {
    const auto result = unsnappy(as_bytes(compressed), 0, most);
    if (!result) return std::string(name(result.error().code));
    return std::string(text(Bytes(*result)));
}

}  // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(Errc)

BOOST_AUTO_TEST_SUITE(tensorbundle_crc32c)

BOOST_AUTO_TEST_CASE(known_values) {
    // RFC 3720, appendix B.4.
    BOOST_TEST(crc32c(as_bytes(std::string(32, '\0'))) == 0x8a9136aaU);
    BOOST_TEST(crc32c(as_bytes(std::string(32, '\xff'))) == 0x62a8ab43U);
    BOOST_TEST(crc32c(as_bytes("123456789")) == 0xe3069283U);
    BOOST_TEST(crc32c({}) == 0U);
}

BOOST_AUTO_TEST_CASE(both_ways_agree_and_go_on) {
    std::string data;
    for (int i = 0; i < 100; ++i) {
        BOOST_TEST(crc32c(as_bytes(data)) == crc32c_by_table(as_bytes(data)));
        const auto half = data.size() / 2;
        const auto first = crc32c(as_bytes(data.substr(0, half)));
        BOOST_TEST(crc32c(as_bytes(data.substr(half)), first) == crc32c(as_bytes(data)));
        data.push_back(static_cast<char>(i * 37));
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(tensorbundle_snappy)

BOOST_AUTO_TEST_CASE(literals_and_copies) {
    BOOST_TEST(inflated("\0"s) == "");
    BOOST_TEST(inflated("\3\x08"
                        "abc"s) == "abc");
    // "ab", then ten bytes from two back: a copy that reads what it writes.
    BOOST_TEST(inflated("\x0c\x04"
                        "ab\x19\x02"s) == "abababababab");
    BOOST_TEST(inflated("\x05\x08"
                        "abc\x06\x03\0"s) == "abcab");
    BOOST_TEST(inflated("\x05\x08"
                        "abc\x07\x03\0\0\0"s) == "abcab");
    // A literal whose length stands in a byte of its own.
    BOOST_TEST(inflated("\x46\xf0\x45"s + std::string(70, 'x')) == std::string(70, 'x'));
    BOOST_TEST(inflated("\x46\xf4\x45\0"s + std::string(70, 'x')) == std::string(70, 'x'));
}

BOOST_AUTO_TEST_CASE(damage) {
    BOOST_TEST(inflated("") == "truncated");
    BOOST_TEST(inflated("\3\x08"
                        "ab"s) == "truncated");
    BOOST_TEST(inflated("\2\x08"
                        "abc"s) == "bad_compression");  // longer than announced
    BOOST_TEST(inflated("\4\x08"
                        "abc"s) == "bad_compression");  // shorter
    BOOST_TEST(inflated("\5\x08"
                        "abc\x06\4\0"s) == "bad_compression");  // before the start
    BOOST_TEST(inflated("\5\x08"
                        "abc\x06\0\0"s) == "bad_compression");
    BOOST_TEST(inflated("\xe9\x07", 1000) == "limit_bytes");
    BOOST_TEST(inflated("\xff\xff\xff\xff\x0f", UINT64_MAX) == "bad_compression");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(tensorbundle_table)

BOOST_AUTO_TEST_CASE(entries_of_all_blocks_in_order) {
    const auto file = TableBuilder()
                          .add({{"", "0"}, {"dense/bias", "1"}, {"dense/kernel", "2"}})
                          .add({{"dense/kernel/m", "3"}, {"step", "4"}})
                          .finish();
    BOOST_TEST(recognise(as_bytes(file)));
    const auto result = read_table(as_bytes(file), Limits{});
    BOOST_TEST_REQUIRE(bool(result));
    std::string all;
    for (const Entry& entry : result->entries) {
        all += entry.key + "=" + std::string(text(entry.value)) + " ";
    }
    BOOST_TEST(all == "=0 dense/bias=1 dense/kernel=2 dense/kernel/m=3 step=4 ");
    BOOST_TEST(result->entries[0].at == 0U);
    BOOST_TEST(result->entries[3].at != 0U);
    BOOST_TEST(result->unclaimed == 0U);
}

BOOST_AUTO_TEST_CASE(restarts_are_what_they_say) {
    const Rows rows{{"aa", "1"}, {"ab", "2"}, {"ac", "3"}};
    BOOST_TEST(read_table(as_bytes(table_of(test::block(rows, 2))), Limits{})->entries.size() ==
               3U);
    // One that points between entries, one that nothing is at, none, more than there is room for.
    const auto plain = test::block(rows);
    const auto entries = plain.substr(0, plain.size() - 8);
    const auto with = [&](const std::string& restarts) {
        return table_refusal(table_of(entries + restarts));
    };
    const auto four = [](std::uint64_t value) { return test::little_endian(value, 4); };
    BOOST_TEST((with(four(0) + four(1) + four(2)) == Errc::bad_header));
    BOOST_TEST((with(four(0) + four(entries.size()) + four(2)) == Errc::bad_header));
    BOOST_TEST((with(four(0)) == Errc::bad_header));
    BOOST_TEST((with(four(9) + four(1)) == Errc::bad_header));
    BOOST_TEST((with(four(0) + four(1'000'000)) == Errc::bad_header));
    // At a restart, the whole key stands.
    const auto first = entries.find("aa") + 3;
    BOOST_TEST((with(four(0) + four(first) + four(2)) == Errc::bad_header));
    BOOST_TEST((table_refusal(table_of("\0\0\0"s)) == Errc::truncated));
}

BOOST_AUTO_TEST_CASE(keys_go_up) {
    BOOST_TEST((table_refusal(table_of(test::block({{"b", ""}, {"a", ""}}))) == Errc::bad_header));
    BOOST_TEST(
        (table_refusal(table_of(test::block({{"a", ""}, {"a", ""}}))) == Errc::duplicate_key));
    const auto two = [](const std::string& first, const std::string& second) {
        return TableBuilder().add({{first, ""}}).add({{second, ""}}).finish();
    };
    BOOST_TEST(bool(read_table(as_bytes(two("a", "b")), Limits{})));
    BOOST_TEST((table_refusal(two("b", "a")) == Errc::bad_header));
    BOOST_TEST((table_refusal(two("a", "a")) == Errc::duplicate_key));
    // The index says that the block ends before its last key: a search would miss that one.
    BOOST_TEST(
        (table_refusal(table_of(test::block({{"a", ""}, {"c", ""}}), "b")) == Errc::bad_header));
    // A key that shares more than there is.
    BOOST_TEST((table_refusal(table_of("\x01\x01\x00x"s + std::string(4, '\0') + "\1\0\0\0"s)) ==
                Errc::bad_header));
}

BOOST_AUTO_TEST_CASE(checksums_places_and_ends) {
    const auto good = TableBuilder().add({{"a", "1"}, {"b", "2"}}).finish();
    for (std::size_t i = 0; i + 48 < good.size(); ++i) {
        std::string bad = good;
        bad[i] = static_cast<char>(bad[i] ^ 4);
        BOOST_TEST((table_refusal(bad) == Errc::bad_checksum), i);
    }
    std::string padded = good;
    padded[good.size() - 10] = 'x';
    BOOST_TEST((table_refusal(padded) == Errc::bad_header));
    BOOST_TEST((table_refusal(good.substr(1)) != Errc::io));
    BOOST_TEST((table_refusal(good.substr(0, good.size() - 1)) == Errc::bad_magic));
    BOOST_TEST(!recognise(as_bytes(good.substr(good.size() - 47))));
    std::string gap = "xx" + good;  // every handle is off by two
    BOOST_TEST((table_refusal(gap) == Errc::bad_checksum));
}

BOOST_AUTO_TEST_CASE(blocks_do_not_overlap) {
    const auto data = test::block({{"a", "1"}});
    const auto place = test::handle(0, data.size());
    std::string file = data + test::trailer(data, 0);
    const auto append = [&](const std::string& contents) {
        const auto where = test::handle(file.size(), contents.size());
        file += contents + test::trailer(contents, 0);
        return where;
    };
    const auto meta = append(test::block({}));
    const auto index = append(test::block({{"a", place}}));
    const auto finish = [&](const std::string& handles) {
        std::string footer = handles;
        footer.resize(40, '\0');
        return file + footer + "\x57\xfb\x80\x8b\x24\x75\x47\xdb";
    };
    BOOST_TEST(bool(read_table(as_bytes(finish(meta + index)), Limits{})));
    BOOST_TEST((table_refusal(finish(index + index)) == Errc::overlap));
    BOOST_TEST(read_table(as_bytes("x" + finish(meta + index)), Limits{}).error().offset != 0U);
    BOOST_TEST((table_refusal(finish(meta + test::handle(file.size(), 1))) == Errc::out_of_bounds));
    BOOST_TEST((table_refusal(finish(meta + test::handle(0, UINT64_MAX))) == Errc::overflow));
}

BOOST_AUTO_TEST_CASE(compressed_blocks) {
    const auto plain = test::block({{"a", "1"}, {"b", "2"}});
    const auto packed = test::varint(plain.size()) +
                        std::string(1, static_cast<char>((plain.size() - 1) << 2)) + plain;
    const auto file = table_of(packed, "z", 1);
    const auto result = read_table(as_bytes(file), Limits{});
    BOOST_TEST_REQUIRE(bool(result));
    BOOST_TEST_REQUIRE(result->entries.size() == 2U);
    BOOST_TEST(text(result->entries[1].value) == "2");
    Limits small;
    small.inflated_bytes = plain.size() - 1;
    BOOST_TEST((table_refusal(file, small) == Errc::limit_bytes));
    BOOST_TEST((table_refusal(table_of(plain, "z", 2)) == Errc::unsupported));
    BOOST_TEST((table_refusal(table_of("\x7f", "z", 1)) == Errc::bad_compression));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(tensorbundle_bundle)

BOOST_AUTO_TEST_CASE(header_and_entries) {
    const auto version = test::bytes(3, test::number(1, 1) + test::number(2, 0));
    const auto file =
        TableBuilder()
            .add({{"", bundle_header(3, test::number(2, 1) + version)},
                  {"w", bundle_entry(1, {2, 3}, 8, std::string(24, 'x')) + test::number(3, 2)}})
            .finish();
    const auto result = read_bundle(as_bytes(file), Limits{});
    BOOST_TEST_REQUIRE(bool(result));
    BOOST_TEST(result->shards == 3U);
    BOOST_TEST(result->big_endian);
    BOOST_TEST(result->producer == 1);
    const BundleEntry* w = result->find("w");
    BOOST_TEST_REQUIRE(w != nullptr);
    BOOST_TEST(w->type->name == "float32");
    BOOST_TEST(w->shape == (std::vector<std::uint64_t>{2, 3}), boost::test_tools::per_element());
    BOOST_TEST(w->shard == 2U);
    BOOST_TEST(w->offset == 8U);
    BOOST_TEST(w->size == 24U);
    BOOST_TEST(!w->is_slice());
    BOOST_TEST(result->find("v") == nullptr);
}

BOOST_AUTO_TEST_CASE(headers_that_are_refused) {
    BOOST_TEST((bundle_refusal({{"w", ""}}) == Errc::missing_record));
    BOOST_TEST((bundle_refusal({{"", ""}}) == Errc::bad_header));
    BOOST_TEST((bundle_refusal({{"", bundle_header(1, test::number(2, 2))}}) == Errc::bad_header));
    BOOST_TEST((bundle_refusal({{"", bundle_header(1, test::bytes(3, test::number(2, 2)))}}) ==
                Errc::unsupported));
    BOOST_TEST((bundle_refusal({{"", bundle_header(1'000'000)}}) == Errc::out_of_bounds));
    BOOST_TEST(
        (bundle_refusal({{"", bundle_header() + test::number(1, 1)}}) == Errc::duplicate_key));
}

BOOST_AUTO_TEST_CASE(entries_that_are_refused) {
    const auto good = bundle_entry(1, {1}, 0, "data");
    BOOST_TEST((entry_refusal(bundle_entry(99, {1}, 0, "data")) == Errc::unknown_dtype));
    BOOST_TEST((entry_refusal("") == Errc::unknown_dtype));
    BOOST_TEST((entry_refusal(bundle_entry(1, {2}, 0, "data")) == Errc::size_mismatch));
    BOOST_TEST((entry_refusal(good + test::number(3, 1)) == Errc::out_of_bounds));
    BOOST_TEST((entry_refusal(good + test::number(1, 1)) == Errc::duplicate_key));
    const auto minus_one = static_cast<std::uint64_t>(-1);
    BOOST_TEST((entry_refusal(bundle_entry(1, {minus_one}, 0, "data")) == Errc::negative_length));
    BOOST_TEST((entry_refusal(bundle_entry(1, {1}, minus_one, "data")) == Errc::negative_length));
    const std::uint64_t large = std::uint64_t{1} << 32;
    BOOST_TEST((entry_refusal(bundle_entry(1, {large, large}, 0, "data")) == Errc::overflow));
    const std::vector<std::uint64_t> many(65, 1);
    BOOST_TEST((entry_refusal(bundle_entry(1, many, 0, "data")) == Errc::limit_rank));
    BOOST_TEST((entry_refusal(test::number(1, 1) + test::bytes(2, test::number(3, 1))) ==
                Errc::unsupported));
    // The sizes of strings are not in the shape.
    const auto file =
        TableBuilder().add({{"", bundle_header()}, {"s", bundle_entry(7, {2}, 0, "x")}}).finish();
    BOOST_TEST(bool(read_bundle(as_bytes(file), Limits{})));
}

BOOST_AUTO_TEST_CASE(keys_of_slices_sort_as_their_numbers) {
    // A name with 00 and ff in it, the number of dimensions, start and length of each.
    const auto key = slice_key("a\0b\xff"s, {{.start = 5, .length = 64}, {}});
    BOOST_TEST(key ==
               "\0a\0\xff"
               "b\xff\0\0\1\1\2\x85\xc0\x40\x80\x7f"s);
    const auto start = [](std::uint64_t value) {
        return slice_key("v", {{.start = value, .length = 1}});
    };
    const std::vector<std::uint64_t> rising{0,
                                            1,
                                            63,
                                            64,
                                            8191,
                                            8192,
                                            1 << 20,
                                            1U << 27,
                                            std::uint64_t{1} << 34,
                                            std::uint64_t{1} << 41,
                                            std::uint64_t{1} << 54};
    for (std::size_t i = 1; i < rising.size(); ++i) {
        BOOST_TEST(start(rising[i - 1]) < start(rising[i]));
    }
    BOOST_TEST(start(8191) == "\0v\0\1\1\1\xdf\xff\x81"s);
    BOOST_TEST(start(8192) == "\0v\0\1\1\1\xe0\x20\x00\x81"s);
}

BOOST_AUTO_TEST_CASE(names_of_shards) {
    BOOST_TEST(shard_name("model.ckpt-7.index", 2, 10).value() ==
               "model.ckpt-7.data-00002-of-00010");
    BOOST_TEST(!shard_name("model", 0, 1));
    BOOST_TEST(!shard_name(".index", 0, 1));
}

BOOST_AUTO_TEST_SUITE_END()
