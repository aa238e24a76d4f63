#include "sandbox/loader/hdf5.h"

#include <zlib.h>

#include <boost/test/unit_test.hpp>

#include "hdf5_builder.h"
#include "part_loading.h"

using namespace pratique;
using namespace pratique::loader;
using namespace pratique::test::h5;
using namespace std::string_literals;
using test::PartLoading;

namespace {

PartLoading load(const std::string& file) { return {load_hdf5, file}; }

Errc refusal(const std::string& file) {
    const PartLoading out = load(file);
    BOOST_TEST_REQUIRE(out.error.has_value());
    return *out.error;
}

/// A file with one dataset, "d".
std::string with(File& file, std::uint64_t dataset) {
    return file.with_root({hard_link("d", dataset)});
}

/// A dataset of bytes, its chunks found by a B-tree of version 1.
struct Chunked {
    std::vector<std::uint64_t> shape;
    std::vector<std::uint32_t> chunk;  // without the size of an element
    std::vector<std::pair<std::vector<std::uint64_t>, std::string>> stored;  // offsets, bytes
    Messages more;
    std::uint32_t skipped = 0;

    std::string build() const {
        File file;
        std::vector<std::pair<std::string, std::uint64_t>> rows;
        for (const auto& [offsets, bytes] : stored) {
            const auto size = static_cast<std::uint32_t>(bytes.size());
            rows.emplace_back(File::chunk_key(size, offsets, skipped), file.put(bytes));
        }
        std::vector<std::uint32_t> dimensions = chunk;
        dimensions.push_back(1);
        const std::uint64_t tree = file.tree(1, rows);
        return with(file, file.dataset(integer(1, false), shape, chunked(tree, dimensions), more));
    }
};

std::string deflated(const std::string& data) {
    std::string out(compressBound(data.size()), '\0');
    uLongf size = out.size();
    compress2(reinterpret_cast<Bytef*>(out.data()), &size,
              reinterpret_cast<const Bytef*>(data.data()), data.size(), 9);
    out.resize(size);
    return out;
}

std::string names_of(const PartLoading& out) {
    std::string names;
    for (const Tensor& tensor : out.loaded.tensors) names += tensor.name() + " ";
    return names;
}

std::string type_of(const std::string& type, std::uint32_t size) {
    File file;
    const std::uint64_t data = file.put(std::string(size, 'x'));
    const PartLoading out = load(with(file, file.dataset(type, {1}, contiguous(data, size))));
    if (out.error) return std::string(name(*out.error));
    return std::string(out.loaded.tensors.at(0).dtype.name());
}

std::string field(const std::string& name, std::uint32_t offset, const std::string& type) {
    return name + '\0' + u8(offset) + type;
}

std::string compound(std::uint32_t size, const std::vector<std::string>& fields) {
    std::string out = u8(0x36) + u16(fields.size()) + u8(0) + u32(size);
    for (const std::string& each : fields) out += each;
    return out;
}

}  // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(Errc)

BOOST_AUTO_TEST_SUITE(load_hdf5_)

BOOST_AUTO_TEST_CASE(contiguous_and_compact_data_stay_where_they_are) {
    File file;
    const std::uint64_t data = file.put("12345678");
    const std::uint64_t a = file.dataset(float32(), {2}, contiguous(data, 8));
    const std::uint64_t b = file.dataset(integer(2), {}, compact("ab"));
    const std::uint64_t group = file.object({hard_link("b", b), hard_link("a", a)});
    const PartLoading out = load(file.with_root({hard_link("g", group)}));
    BOOST_TEST_REQUIRE(!out.error);
    BOOST_TEST(out.loaded.format == "hdf5");
    BOOST_TEST(names_of(out) == "g.a g.b ");
    BOOST_TEST(out.loaded.tensors[0].source == 0U);
    BOOST_TEST(out.loaded.tensors[1].source == 0U);
    BOOST_TEST(out.data(0) == "12345678");
    BOOST_TEST(out.data(1) == "ab");
    BOOST_TEST(out.output.bytes().empty());
}

BOOST_AUTO_TEST_CASE(big_endian_numbers_are_reversed) {
    File file;
    const std::uint64_t data = file.put("12345678");
    const PartLoading out = load(with(file, file.dataset(float32(true), {2}, contiguous(data, 8))));
    BOOST_TEST_REQUIRE(!out.error);
    BOOST_TEST(out.data(0) == "43218765");
    BOOST_TEST(out.loaded.tensors[0].dtype.name() == "float32");

    File record;
    const std::uint64_t at = record.put("abcdefgh");
    const std::string type =
        compound(4, {field("x", 0, integer(2, true, true)), field("y", 2, integer(2))});
    const PartLoading mixed = load(with(record, record.dataset(type, {2}, contiguous(at, 8))));
    BOOST_TEST_REQUIRE(!mixed.error);
    BOOST_TEST(mixed.data(0) == "bacdfegh");
}

BOOST_AUTO_TEST_CASE(types_are_spelt_as_h5py_does) {
    BOOST_TEST(type_of(integer(8, false), 8) == "uint64");
    BOOST_TEST(type_of(fixed_text(4), 4) == "bytes4");
    BOOST_TEST(type_of(opaque(3), 3) == "void3");
    BOOST_TEST(type_of(integer(3), 3) == "unknown_dtype");
    // References have no bytes of their own.
    BOOST_TEST(type_of(u8(0x17) + std::string(3, '\0') + u32(8), 8) == "unsupported");

    const auto enumeration = [](const std::string& names, const std::string& values) {
        return u8(0x38) + u16(2) + u8(0) + u32(1) + integer(1) + names + values;
    };
    BOOST_TEST(type_of(enumeration("FALSE\0TRUE\0"s, "\0\1"s), 1) == "bool");
    BOOST_TEST(type_of(enumeration("FALSE\0TRUE\0"s, "\1\0"s), 1) == "int8");

    const std::string pair = compound(8, {field("r", 0, float32()), field("i", 4, float32())});
    BOOST_TEST(type_of(pair, 8) == "complex64");
    const std::string other = compound(8, {field("i", 0, float32()), field("r", 4, float32())});
    BOOST_TEST(type_of(other, 8) == "struct:[('i', '<f4'), ('r', '<f4')]");
    const std::string record =
        compound(12, {field("it's", 2, fixed_text(2)), field("n", 8, integer(2))});
    BOOST_TEST(type_of(record, 12) ==
               "struct:[('', '|V2'), (\"it's\", ('|S2', {'h5py_encoding': 'ascii'})), "
               "('', '|V4'), ('n', '<i2'), ('', '|V2')]");
    const std::string over = compound(8, {field("a", 0, float32()), field("b", 2, float32())});
    BOOST_TEST(type_of(over, 8) == "overlap");
}

BOOST_AUTO_TEST_CASE(an_array_type_is_more_dimensions) {
    File file;
    const std::uint64_t data = file.put("123456789abc");
    const std::string type =
        u8(0x3A) + std::string(3, '\0') + u32(6) + u8(1) + u32(3) + integer(2, true, true);
    const PartLoading out = load(with(file, file.dataset(type, {2}, contiguous(data, 12))));
    BOOST_TEST_REQUIRE(!out.error);
    BOOST_TEST((out.loaded.tensors[0].shape == std::vector<std::uint64_t>{2, 3}));
    BOOST_TEST(out.data(0) == "21436587a9cb");
}

BOOST_AUTO_TEST_CASE(sizes_must_agree) {
    File file;
    const std::uint64_t data = file.put("12345678");
    BOOST_TEST(refusal(with(file, file.dataset(integer(4), {3}, contiguous(data, 8)))) ==
               Errc::size_mismatch);
    BOOST_TEST(refusal(with(file, file.dataset(integer(4), {4}, contiguous(1 << 20, 16)))) ==
               Errc::out_of_bounds);
    BOOST_TEST(refusal(with(file, file.dataset(integer(4), {1ULL << 62, 2},
                                               contiguous(data, 8)))) == Errc::overflow);
    BOOST_TEST(refusal(with(file, file.dataset(integer(1), {1ULL << 40}, contiguous(kNone, 0)))) ==
               Errc::limit_bytes);
}

BOOST_AUTO_TEST_CASE(what_was_never_written_has_the_fill_value) {
    File file;
    const std::uint64_t empty = file.dataset(integer(2), {3}, contiguous(kNone, 0), {fill("ab")});
    const PartLoading out = load(with(file, empty));
    BOOST_TEST_REQUIRE(!out.error);
    BOOST_TEST(out.data(0) == "ababab");
    File zeros;
    const PartLoading none =
        load(with(zeros, zeros.dataset(integer(1), {3}, contiguous(kNone, 0))));
    BOOST_TEST_REQUIRE(!none.error);
    BOOST_TEST(none.data(0) == "\0\0\0"s);
}

BOOST_AUTO_TEST_CASE(no_elements_need_no_place) {
    File file;
    const PartLoading out =
        load(with(file, file.dataset(integer(4), {0, 1ULL << 62}, contiguous(kNone, 0))));
    BOOST_TEST_REQUIRE(!out.error);
    BOOST_TEST(out.loaded.tensors.at(0).shape.size() == 2U);
}

BOOST_AUTO_TEST_CASE(chunks_are_put_together) {
    // Two rows and three columns in chunks of 1 × 2, one of which is not there.
    const Chunked all{.shape = {2, 3},
                      .chunk = {1, 2},
                      .stored = {{{1, 2}, "f?"}, {{0, 0}, "ab"}, {{1, 0}, "de"}},
                      .more = {fill("-")}};
    const PartLoading out = load(all.build());
    BOOST_TEST_REQUIRE(!out.error);
    BOOST_TEST(out.data(0) == "ab-def");
    BOOST_TEST(out.loaded.tensors[0].source == kOutput);
    // What a dataset has beyond its shape does not count.
    Chunked beyond = all;
    beyond.stored.push_back({{2, 0}, "xy"});
    BOOST_TEST(load(beyond.build()).data(0) == "ab-def");
}

BOOST_AUTO_TEST_CASE(chunks_must_be_apart) {
    const Chunked odd{.shape = {4}, .chunk = {2}, .stored = {{{1}, "ab"}}, .more = {}};
    BOOST_TEST(refusal(odd.build()) == Errc::bad_header);
    const Chunked twice{
        .shape = {4}, .chunk = {2}, .stored = {{{0}, "ab"}, {{0}, "cd"}}, .more = {}};
    BOOST_TEST(refusal(twice.build()) == Errc::overlap);
    const Chunked small{.shape = {4}, .chunk = {2}, .stored = {{{0}, "a"}}, .more = {}};
    BOOST_TEST(refusal(small.build()) == Errc::size_mismatch);

    File same;
    const std::uint64_t data = same.put("abcd");
    const std::uint64_t tree =
        same.tree(1, {{File::chunk_key(2, {0}), data}, {File::chunk_key(2, {2}), data + 1}});
    BOOST_TEST(refusal(with(same, same.dataset(integer(1), {4}, chunked(tree, {2, 1})))) ==
               Errc::overlap);
}

BOOST_AUTO_TEST_CASE(filters_are_undone) {
    const std::string plain = "abcdefgh";
    const std::string shuffled = "acegbdfh";
    const Messages both{filters({{2, 2}, {1, 6}})};
    const Chunked packed{
        .shape = {8}, .chunk = {8}, .stored = {{{0}, deflated(shuffled)}}, .more = both};
    BOOST_TEST(load(packed.build()).data(0) == plain);
    const Chunked skipped{
        .shape = {8}, .chunk = {8}, .stored = {{{0}, shuffled}}, .more = both, .skipped = 2};
    BOOST_TEST(load(skipped.build()).data(0) == plain);
    const Chunked lzf{.shape = {8},
                      .chunk = {8},
                      .stored = {{{0}, "\1ab\x80\1"s}},  // two letters, and six from two back
                      .more = {filters({{32000, 1}})}};
    BOOST_TEST(load(lzf.build()).data(0) == "abababab");

    std::string sum = plain + u32(hdf5::fletcher32(as_bytes(plain)));
    const Messages summed{filters({{3, 0}})};
    const Chunked checked{.shape = {8}, .chunk = {8}, .stored = {{{0}, sum}}, .more = summed};
    BOOST_TEST(load(checked.build()).data(0) == plain);
    sum[0] = 'x';
    const Chunked damaged{.shape = {8}, .chunk = {8}, .stored = {{{0}, sum}}, .more = summed};
    BOOST_TEST(refusal(damaged.build()) == Errc::bad_checksum);
}

BOOST_AUTO_TEST_CASE(filters_that_are_not_undone) {
    // szip, n-bit, scale-offset, blosc: also where no chunk went through them.
    for (const std::uint16_t id : std::vector<std::uint16_t>{4, 5, 6, 32001}) {
        const Chunked unknown{
            .shape = {8}, .chunk = {8}, .stored = {}, .more = {filters({{id, 0}})}};
        BOOST_TEST(refusal(unknown.build()) == Errc::unsupported);
    }
    const Messages deflate{filters({{1, 6}})};
    const auto with_data = [&](const std::string& stored) {
        return Chunked{.shape = {8}, .chunk = {8}, .stored = {{{0}, stored}}, .more = deflate}
            .build();
    };
    BOOST_TEST(refusal(with_data(deflated("123456789"))) == Errc::size_mismatch);
    BOOST_TEST(refusal(with_data(deflated("1234567"))) == Errc::size_mismatch);
    BOOST_TEST(refusal(with_data(deflated(std::string(1 << 20, 'x')))) == Errc::size_mismatch);
    BOOST_TEST(refusal(with_data("nonsense")) == Errc::bad_compression);
    const Chunked back{.shape = {8},
                       .chunk = {8},
                       .stored = {{{0}, "\0a\x80\1"s}},
                       .more = {filters({{32000, 1}})}};
    BOOST_TEST(refusal(back.build()) == Errc::bad_compression);
}

BOOST_AUTO_TEST_CASE(bombs_of_chunks_are_refused) {
    // 64 MiB of zeros from 64 KiB, in one chunk.
    constexpr std::uint32_t kBig = 64U << 20;
    const Chunked bomb{.shape = {kBig},
                       .chunk = {kBig},
                       .stored = {{{0}, deflated(std::string(kBig, '\0'))}},
                       .more = {filters({{1, 6}})}};
    BOOST_TEST(refusal(bomb.build()) == Errc::limit_ratio);
    // A fill value for a terabyte, from nothing.
    const Chunked filled{.shape = {1U << 29}, .chunk = {2}, .stored = {}, .more = {fill("x")}};
    BOOST_TEST(refusal(filled.build()) == Errc::limit_ratio);
}

BOOST_AUTO_TEST_CASE(a_fixed_array_of_chunks) {
    const auto build = [](std::uint64_t first, bool good_sum) {
        File file;
        const std::uint64_t data = file.put("abcd");
        const std::string elements = u64(first == 0 ? data : first) + u64(data + 2);
        std::string block = summed("FADB" + u8(0) + u8(0) + u64(0) + elements);
        if (!good_sum) block.back() = static_cast<char>(block.back() ^ 1);
        const std::uint64_t block_at = file.put(block);
        const std::uint64_t head =
            file.put(summed("FAHD" + u8(0) + u8(0) + u8(8) + u8(10) + u64(2) + u64(block_at)));
        return with(file, file.dataset(integer(1), {3}, chunked4(3, head, u8(10), {2, 1})));
    };
    BOOST_TEST(load(build(0, true)).data(0) == "abc");
    BOOST_TEST(load(build(kNone, true)).data(0) == "\0\0c"s);
    BOOST_TEST(refusal(build(0, false)) == Errc::bad_checksum);
    BOOST_TEST(refusal(build(1 << 20, true)) == Errc::out_of_bounds);
}

BOOST_AUTO_TEST_CASE(one_chunk_and_chunks_in_a_row) {
    File single;
    const std::uint64_t data = single.put("abcd");
    const PartLoading one =
        load(with(single, single.dataset(integer(1), {4}, chunked4(1, data, "", {4, 1}))));
    BOOST_TEST_REQUIRE(!one.error);
    BOOST_TEST(one.data(0) == "abcd");

    File row;
    const std::uint64_t start = row.put("abxcdx");
    const PartLoading all =
        load(with(row, row.dataset(integer(1), {2, 2}, chunked4(2, start, "", {1, 3, 1}))));
    BOOST_TEST_REQUIRE(!all.error);
    BOOST_TEST(all.data(0) == "abcd");
    BOOST_TEST(
        refusal(with(row, row.dataset(integer(1), {1 << 20}, chunked4(2, start, "", {4, 1})))) ==
        Errc::out_of_bounds);
}

BOOST_AUTO_TEST_CASE(one_dataset_of_two_names_is_read_once) {
    File file;
    const std::uint64_t data = file.dataset(integer(2), {3}, contiguous(kNone, 0), {fill("ab")});
    const PartLoading out = load(file.with_root({hard_link("a", data), hard_link("b", data)}));
    BOOST_TEST_REQUIRE(!out.error);
    BOOST_TEST(names_of(out) == "a b ");
    BOOST_TEST(out.loaded.tensors[0].offset == out.loaded.tensors[1].offset);
    BOOST_TEST(out.output.bytes().size() == 6U);
}

BOOST_AUTO_TEST_CASE(circles_and_soft_links_are_left_out_with_a_warning) {
    File file;
    const std::uint64_t data = file.dataset(integer(1), {1}, compact("a"));
    const std::uint64_t root = file.put("");
    const std::uint64_t made =
        file.object({hard_link("d", data), hard_link("g", root), other_link("s", 1, "/d")});
    BOOST_TEST_REQUIRE(made == root);
    const PartLoading out = load(file.build(root));
    BOOST_TEST_REQUIRE(!out.error);
    BOOST_TEST(names_of(out) == "d ");
    BOOST_TEST(out.loaded.warnings.size() == 2U);
}

BOOST_AUTO_TEST_CASE(nothing_outside_of_the_file_is_opened) {
    File link;
    BOOST_TEST(refusal(link.with_root({other_link("e", 64, "\0f.h5\0/x\0"s)})) ==
               Errc::external_data);
    File user;
    BOOST_TEST(refusal(user.with_root({other_link("e", 70, "x")})) == Errc::unsupported);
    File data;
    const std::uint64_t elsewhere =
        data.dataset(integer(1), {1}, compact("a"), {{0x07, std::string(16, '\0')}});
    BOOST_TEST(refusal(with(data, elsewhere)) == Errc::external_data);
}

BOOST_AUTO_TEST_CASE(depth_and_number_of_groups_are_limited) {
    File deep;
    std::uint64_t inner = deep.dataset(integer(1), {1}, compact("a"));
    for (int i = 0; i < 200; ++i) inner = deep.object({hard_link("g", inner)});
    BOOST_TEST(refusal(deep.build(inner)) == Errc::limit_depth);
    // Each group holds the next one twice: 2^60 ways to the last.
    File wide;
    std::uint64_t next = wide.object({hard_link("x", wide.dataset(integer(1), {1}, compact("a")))});
    for (int i = 0; i < 60; ++i) next = wide.object({hard_link("a", next), hard_link("b", next)});
    BOOST_TEST(refusal(wide.build(next)) == Errc::limit_members);
}

BOOST_AUTO_TEST_CASE(keras_says_what_it_wrote) {
    File file;
    const std::uint64_t bias =
        file.dataset(opaque(2), {2}, compact("abcd"),
                     {attribute("dtype", fixed_text(8), dataspace({}), "bfloat16")});
    const std::uint64_t step = file.dataset(integer(8), {}, compact("12345678"));
    const std::uint64_t weights = file.object(
        {hard_link("bias", bias), attribute("layer_names0", fixed_text(2), dataspace({1}), "d1"),
         attribute("layer_names1", fixed_text(2), dataspace({1}), "d2")});
    const std::uint64_t optimizer = file.object({hard_link("step", step)});
    const PartLoading out = load(file.with_root(
        {hard_link("model_weights", weights), hard_link("optimizer_weights", optimizer),
         attribute("keras_version", fixed_text(6), dataspace({}), "2.11.0"),
         attribute("model_config", fixed_text(2), dataspace({}), "{}"),
         attribute("epoch", integer(2, true, true), dataspace({}), "\1\2")}));
    BOOST_TEST_REQUIRE(!out.error);
    BOOST_TEST(names_of(out) == "model_weights.bias optimizer_weights.step ");
    BOOST_TEST(out.loaded.tensors[0].dtype.name() == "bfloat16");
    BOOST_TEST(out.text_of({"framework"}) == "keras");
    BOOST_TEST(out.text_of({"framework_version"}) == "2.11.0");
    BOOST_TEST(out.text_of({"model_config"}) == "{}");
    const auto names = out.metadata({"layer_names"});
    BOOST_TEST_REQUIRE(names.has_value());
    BOOST_TEST(out.loaded.tree.children(*names).size() == 2U);
    BOOST_TEST(out.loaded.tree.integer_of(*out.metadata({"optimizer_tensors"})) == 1);
    BOOST_TEST(out.loaded.tree.integer_of(*out.metadata({"attributes", "epoch"})) == 0x0102);
}

BOOST_AUTO_TEST_CASE(an_attribute_of_an_array_type_is_a_list) {
    const std::string type =
        u8(0x3A) + std::string(3, '\0') + u32(6) + u8(1) + u32(3) + integer(2, true, true);
    File file;
    const PartLoading out =
        load(file.with_root({attribute("one", type, dataspace({}), "\0\1\0\2\0\3"s),
                             attribute("two", type, dataspace({2}), "\0\1\0\2\0\3\0\4\0\5\0\6"s),
                             hard_link("x", file.dataset(integer(1), {1}, compact("a")))}));
    BOOST_TEST_REQUIRE(!out.error);
    for (const auto& [key, count] :
         std::vector<std::pair<std::string_view, std::size_t>>{{"one", 3}, {"two", 6}}) {
        const auto value = out.metadata({"attributes", key});
        BOOST_TEST_REQUIRE(value.has_value());
        const auto items = out.loaded.tree.children(*value);
        BOOST_TEST_REQUIRE(items.size() == count);
        BOOST_TEST(out.loaded.tree.integer_of(items.back()) == static_cast<std::int64_t>(count));
    }
}

BOOST_AUTO_TEST_CASE(a_type_of_many_parts_is_refused_soon) {
    // In each of 50,000 parts one number is to be reversed, and 250 are not.
    std::vector<std::string> fields;
    for (std::uint32_t i = 0; i < 250; ++i) fields.push_back(field("f", i, integer(1)));
    fields.push_back(field("n", 250, integer(2, true, true)));
    constexpr std::uint32_t kSize = 252 * 50'000;
    const std::string parts =
        u8(0x3A) + std::string(3, '\0') + u32(kSize) + u8(1) + u32(50'000) + compound(252, fields);
    const std::string record =
        u8(0x36) + u16(1) + u8(0) + u32(kSize) + "a" + '\0' + number(0, 3) + parts;
    BOOST_TEST(type_of(record, kSize) == "limit_nodes");
}

BOOST_AUTO_TEST_CASE(what_follows_the_end_is_a_warning) {
    File file;
    const std::string bytes = with(file, file.dataset(integer(1), {1}, compact("a")));
    const PartLoading out = load(bytes + "more");
    BOOST_TEST_REQUIRE(!out.error);
    BOOST_TEST_REQUIRE(out.loaded.warnings.size() == 1U);
    BOOST_TEST(out.loaded.warnings[0].offset == bytes.size());
}

BOOST_AUTO_TEST_SUITE_END()
