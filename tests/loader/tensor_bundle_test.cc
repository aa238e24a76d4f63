#include <boost/test/unit_test.hpp>

#include "formats/tensorbundle/bundle.h"
#include "loading.h"
#include "table_builder.h"

using namespace pratique;
using namespace pratique::loader;
using namespace std::string_literals;
using test::bundle_entry;
using test::bundle_header;
using test::Loading;
using test::number;
using test::Rows;

namespace {

constexpr const char* kShard = "m.data-00000-of-00001";

struct Checkpoint {
    std::string index;
    std::string shard;
    std::vector<Companion> companions;
    Options options;

    /// `rows` behind the header, whose keys must go up.
    Checkpoint(Rows rows, std::string data, const std::string& header = bundle_header())
        : shard(std::move(data)) {
        rows.insert(rows.begin(), {"", header});
        index = test::TableBuilder().add(rows).finish();
        options.name = "m.index";
        companions.push_back({kShard, shard.size(), as_bytes(shard)});
    }
    Checkpoint(const Checkpoint&) = delete;
    Checkpoint& operator=(const Checkpoint&) = delete;

    Loading load() const { return test::load_bytes(as_bytes(index), options, companions); }

    Errc refusal() const {
        const Loading loading = load();
        BOOST_TEST_REQUIRE(loading.failed.has_value());
        return loading.failed->error.code;
    }

    /// The elements of the only tensor, or the error.
    std::string single() const {
        const Loading loading = load();
        if (loading.failed) return std::string(name(loading.failed->error.code));
        const Tensor& tensor = loading.loaded.tensors.at(0);
        const auto all =
            test::elements(tensor, loading.source(tensor.source, as_bytes(index), companions));
        return std::string(text(Bytes(all)));
    }
};

using tensorbundle::Extent;
using tensorbundle::Slice;

std::string slices_field(const std::vector<Slice>& slices) {
    std::string out;
    for (const Slice& slice : slices) {
        std::string extents;
        for (const Extent& extent : slice) {
            std::string content = extent.start == 0 ? "" : number(1, extent.start);
            if (extent.length) content += number(2, *extent.length);
            extents += test::bytes(1, content);
        }
        out += test::bytes(7, extents);
    }
    return out;
}

/// The rows of a variable of bytes in these slices, whose data stand one behind the other.
Rows partitioned(const std::vector<std::uint64_t>& shape, const std::vector<Slice>& slices,
                 const std::vector<std::pair<std::vector<std::uint64_t>, std::string>>& parts) {
    Rows rows;
    std::uint64_t offset = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto& [part_shape, data] = parts[i];
        rows.emplace_back(tensorbundle::slice_key("v", slices[i]),
                          bundle_entry(4, part_shape, offset, data));
        offset += data.size();
    }
    std::sort(rows.begin(), rows.end());
    rows.emplace_back("v",
                      number(1, 4) + test::bytes(2, test::shape_of(shape)) + slices_field(slices));
    return rows;
}

Slice rectangle(std::uint64_t row, std::uint64_t rows, std::uint64_t column,
                std::uint64_t columns) {
    return {{.start = row, .length = rows}, {.start = column, .length = columns}};
}

}  // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(Errc)

BOOST_AUTO_TEST_SUITE(load_tensor_bundle_)

BOOST_AUTO_TEST_CASE(tensors_lie_in_the_shard) {
    const Checkpoint checkpoint({{"dense/bias", bundle_entry(1, {2}, 4, "12345678")}},
                                "....12345678");
    const Loading loading = checkpoint.load();
    BOOST_TEST_REQUIRE(!loading.failed);
    BOOST_TEST(loading.loaded.format == "tensor-bundle");
    BOOST_TEST(loading.loaded.warnings.empty());
    const Tensor& bias = loading.loaded.tensors.at(0);
    BOOST_TEST(bias.path.size() == 1U);
    BOOST_TEST(bias.name() == "dense/bias");
    BOOST_TEST(bias.source == 1U);
    BOOST_TEST(bias.offset == 4U);
    BOOST_TEST(checkpoint.single() == "12345678");
}

BOOST_AUTO_TEST_CASE(shards_are_asked_for_by_name) {
    Checkpoint checkpoint({{"w", bundle_entry(4, {1}, 0, "x")}}, "x", bundle_header(12));
    checkpoint.companions.clear();
    const Loading loading = checkpoint.load();
    BOOST_TEST_REQUIRE(!loading.failed);
    BOOST_TEST(loading.loaded.tensors.empty());
    BOOST_TEST_REQUIRE(loading.loaded.wanted.size() == 1U);
    BOOST_TEST(loading.loaded.wanted[0].name == "m.data-00000-of-00012");
    checkpoint.options.name = "m";
    BOOST_TEST((checkpoint.refusal() == Errc::bad_name));
}

BOOST_AUTO_TEST_CASE(checksums) {
    Checkpoint checkpoint({{"w", bundle_entry(4, {4}, 0, "data")}}, "dama");
    BOOST_TEST((checkpoint.refusal() == Errc::bad_checksum));
    checkpoint.options.verify = false;
    BOOST_TEST(checkpoint.single() == "dama");
    checkpoint.options.verify = true;
    checkpoint.companions[0].bytes = {};
    BOOST_TEST(!checkpoint.load().failed);
    checkpoint.companions[0].size = 3;
    BOOST_TEST((checkpoint.refusal() == Errc::view_out_of_bounds));
}

BOOST_AUTO_TEST_CASE(big_endian) {
    const auto header = bundle_header(1, number(2, 1));
    Checkpoint checkpoint({{"w", bundle_entry(5, {2}, 0, "\1\2\3\4")}}, "\1\2\3\4", header);
    BOOST_TEST(checkpoint.single() == "\2\1\4\3");
    checkpoint.companions[0].bytes = {};
    BOOST_TEST((checkpoint.refusal() == Errc::unsupported));
    // Complex numbers are two of four bytes each; bytes have no order.
    const Checkpoint complex({{"w", bundle_entry(8, {1}, 0, "12345678")}}, "12345678", header);
    BOOST_TEST(complex.single() == "43218765");
    const Checkpoint plain({{"w", bundle_entry(4, {2}, 0, "ab")}}, "ab", header);
    BOOST_TEST(plain.single() == "ab");
    BOOST_TEST(plain.load().loaded.tensors.at(0).source == 1U);
    const Checkpoint damaged({{"w", bundle_entry(5, {1}, 0, "\1\2")}}, "\1\3", header);
    BOOST_TEST((damaged.refusal() == Errc::bad_checksum));
}

BOOST_AUTO_TEST_CASE(four_bits_are_packed) {
    const Checkpoint checkpoint({{"w", bundle_entry(29, {3}, 0, "\1\xff\7")}}, "\1\xff\7");
    BOOST_TEST(checkpoint.single() == "\xf1\x07");
}

BOOST_AUTO_TEST_CASE(text_is_metadata) {
    const Checkpoint checkpoint({{"_CHECKPOINTABLE_OBJECT_GRAPH", bundle_entry(7, {}, 0, "abc")}},
                                "abc");
    const Loading loading = checkpoint.load();
    BOOST_TEST_REQUIRE(!loading.failed);
    BOOST_TEST(loading.loaded.tensors.empty());
    BOOST_TEST(loading.loaded.wanted.empty());
    const Tree& tree = loading.loaded.tree;
    const auto others = tree.find(*loading.loaded.metadata, "other_entries");
    BOOST_TEST_REQUIRE(others.has_value());
    const auto name = tree.find(tree.children(*others)[0], "name");
    BOOST_TEST(tree.characters(name.value()) == "_CHECKPOINTABLE_OBJECT_GRAPH");
}

BOOST_AUTO_TEST_CASE(slices_are_put_together) {
    // By rows, with the columns left out of the slice; by columns; in four.
    const std::vector<Slice> rows{{{.start = 0, .length = 1}, {}}, {{.start = 1, .length = 2}, {}}};
    const Checkpoint by_rows(partitioned({3, 2}, rows, {{{1, 2}, "ab"}, {{2, 2}, "cdef"}}),
                             "abcdef");
    BOOST_TEST(by_rows.single() == "abcdef");
    BOOST_TEST(by_rows.load().loaded.warnings.empty());
    const std::vector<Slice> columns{rectangle(0, 3, 1, 1), rectangle(0, 3, 0, 1)};
    const Checkpoint by_columns(partitioned({3, 2}, columns, {{{3, 1}, "bdf"}, {{3, 1}, "ace"}}),
                                "bdface");
    BOOST_TEST(by_columns.single() == "abcdef");
    const std::vector<Slice> four{rectangle(0, 1, 0, 1), rectangle(0, 1, 1, 2),
                                  rectangle(1, 1, 0, 1), rectangle(1, 1, 1, 2)};
    const Checkpoint by_four(
        partitioned({2, 3}, four, {{{1, 1}, "a"}, {{1, 2}, "bc"}, {{1, 1}, "d"}, {{1, 2}, "ef"}}),
        "abcdef");
    BOOST_TEST(by_four.single() == "abcdef");
    const std::vector<Slice> all{{{}, {}}};
    const Checkpoint whole(partitioned({2, 1}, all, {{{2, 1}, "ab"}}), "ab");
    BOOST_TEST(whole.single() == "ab");
}

BOOST_AUTO_TEST_CASE(slices_in_three_dimensions) {
    // 2 × 2 × 3, cut in the middle.
    const auto half = [](std::uint64_t at) {
        return Slice{{.start = 0, .length = 2}, {.start = at, .length = 1}, {}};
    };
    const Checkpoint checkpoint(
        partitioned({2, 2, 3}, {half(0), half(1)}, {{{2, 1, 3}, "abcghi"}, {{2, 1, 3}, "defjkl"}}),
        "abcghidefjkl");
    BOOST_TEST(checkpoint.single() == "abcdefghijkl");
}

BOOST_AUTO_TEST_CASE(slices_that_do_not_make_a_whole) {
    const auto refused =
        [](const std::vector<Slice>& slices,
           const std::vector<std::pair<std::vector<std::uint64_t>, std::string>>& parts) {
            return Checkpoint(partitioned({2, 2}, slices, parts), "abcdefgh").refusal();
        };
    const auto top = rectangle(0, 1, 0, 2);
    const auto bottom = rectangle(1, 1, 0, 2);
    BOOST_TEST((refused({top}, {{{1, 2}, "ab"}}) == Errc::size_mismatch));
    BOOST_TEST(
        (refused({top, rectangle(0, 2, 1, 1)}, {{{1, 2}, "ab"}, {{2, 1}, "cd"}}) == Errc::overlap));
    BOOST_TEST((refused({top, bottom}, {{{1, 2}, "ab"}}) == Errc::missing_record));
    BOOST_TEST((refused({top, bottom}, {{{1, 2}, "ab"}, {{2, 1}, "cd"}}) == Errc::conflict));
    BOOST_TEST((refused({top, rectangle(1, 2, 0, 2)}, {}) == Errc::out_of_bounds));
    BOOST_TEST((refused({{{.start = 0, .length = 4}}}, {}) == Errc::rank_mismatch));
    BOOST_TEST((refused({top, top, top}, {}) == Errc::missing_record));
    BOOST_TEST((refused({top, bottom}, {{{1, 2}, "ab"}, {{1, 2}, "xx"}}) == Errc::bad_checksum));
    Checkpoint big(partitioned({2, 2}, {top, bottom}, {{{1, 2}, "ab"}, {{1, 2}, "cd"}}), "abcd",
                   bundle_header(1, number(2, 1)));
    BOOST_TEST((big.refusal() == Errc::unsupported));
}

BOOST_AUTO_TEST_CASE(a_slice_has_no_slices) {
    const auto top = rectangle(0, 1, 0, 2);
    Rows rows = partitioned({2, 2}, {top, rectangle(1, 1, 0, 2)}, {{{1, 2}, "abc"}, {{1, 2}, "d"}});
    for (auto& row : rows) {
        if (row.first != "v") row.second += slices_field({top});
    }
    BOOST_TEST((Checkpoint(rows, "abcd").refusal() == Errc::conflict));
}

BOOST_AUTO_TEST_CASE(a_slice_of_nothing_is_a_warning) {
    const Checkpoint checkpoint(
        {{tensorbundle::slice_key("v", rectangle(0, 1, 0, 1)), bundle_entry(4, {1, 1}, 0, "a")}},
        "a");
    const Loading loading = checkpoint.load();
    BOOST_TEST_REQUIRE(!loading.failed);
    BOOST_TEST(loading.loaded.tensors.empty());
    BOOST_TEST_REQUIRE(loading.loaded.warnings.size() == 1U);
    BOOST_TEST((loading.loaded.warnings[0].code == Errc::conflict));
}

BOOST_AUTO_TEST_CASE(the_same_bytes_do_not_count_for_nothing) {
    Rows rows;
    const std::string data(1000, 'x');
    for (char c = 'a'; c <= 'j'; ++c)
        rows.emplace_back(std::string(1, c), bundle_entry(4, {1000}, 0, data));
    Checkpoint checkpoint(rows, data);
    BOOST_TEST(!checkpoint.load().failed);
    checkpoint.options.logical_bytes = 0;
    BOOST_TEST((checkpoint.refusal() == Errc::limit_logical));
}

BOOST_AUTO_TEST_SUITE_END()
