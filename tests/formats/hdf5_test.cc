#include <boost/test/unit_test.hpp>

#include "formats/hdf5/attribute.h"
#include "formats/hdf5/checksum.h"
#include "formats/hdf5/group.h"
#include "hdf5_builder.h"

using namespace pratique;
using namespace pratique::test::h5;
using namespace std::string_literals;

namespace {

Result<hdf5::File> open(const std::string& file) {
    return hdf5::File::open(as_bytes(file), Limits{});
}

Errc refusal_to_open(const std::string& file) {
    const auto result = open(file);
    BOOST_TEST_REQUIRE(!result);
    return result.error().code;
}

/// The links of the root group.
Result<std::vector<hdf5::Link>> links(const std::string& file, const Limits& limits = {}) {
    hdf5::File h5 = TRY(hdf5::File::open(as_bytes(file), limits));
    const hdf5::Object root = TRY(hdf5::read_object(h5, h5.root()));
    return hdf5::read_links(h5, root);
}

Errc refusal(const std::string& file, const Limits& limits = {}) {
    const auto result = links(file, limits);
    BOOST_TEST_REQUIRE(!result);
    return result.error().code;
}

Result<hdf5::Datatype> type(const std::string& bytes) {
    Reader in(as_bytes(bytes));
    return hdf5::read_datatype(in);
}

Errc refusal_of_type(const std::string& bytes) {
    const auto result = type(bytes);
    BOOST_TEST_REQUIRE(!result);
    return result.error().code;
}

Result<hdf5::Dataset> dataset(const Messages& messages) {
    File file;
    const std::uint64_t address = file.object(messages);
    const std::string bytes = file.build(address);
    hdf5::File h5 = TRY(hdf5::File::open(as_bytes(bytes), Limits{}));
    const hdf5::Object object = TRY(hdf5::read_object(h5, address));
    return hdf5::read_dataset(h5, object);
}

Errc refusal_of_dataset(const Messages& messages) {
    const auto result = dataset(messages);
    BOOST_TEST_REQUIRE(!result);
    return result.error().code;
}

/// A group's B-tree, heap and symbols, as files before 2008 have them.
std::uint64_t symbol_table(File& file,
                           const std::vector<std::pair<std::string, std::uint64_t>>& rows) {
    std::string heap = std::string(8, '\0');
    std::string symbols;
    for (const auto& [name, address] : rows) {
        symbols += u64(heap.size()) + u64(address) + u32(0) + u32(0) + std::string(16, '\0');
        heap += padded(name + '\0');
    }
    const std::uint64_t data = file.put(heap);
    const std::uint64_t names =
        file.put("HEAP" + u32(0) + u64(heap.size()) + u64(kNone) + u64(data));
    const std::uint64_t node = file.put("SNOD" + u8(1) + u8(0) + u16(rows.size()) + symbols);
    const std::uint64_t tree = file.tree(0, {{u64(0), node}});
    return file.object({{0x11, u64(tree) + u64(names)}});
}

/// A fractal heap of one direct block with these objects, and the tree of names over it.
std::uint64_t dense_group(File& file, const std::vector<std::string>& objects,
                          bool good_sum = true) {
    constexpr std::uint64_t kBlock = 512;
    std::string block = "FHDB" + u8(0) + u64(0) + u32(0);
    std::vector<std::string> ids;
    for (const std::string& object : objects) {
        ids.push_back(u8(0) + number(block.size(), 4) + number(object.size(), 2));
        block += object;
    }
    block.resize(kBlock, '\0');
    const std::uint64_t direct = file.put(block);
    std::string head = "FRHP" + u8(0) + u16(7) + u16(0) + u8(0) + u32(4096) + u64(0) + u64(kNone) +
                       u64(0) + u64(kNone);
    for (int i = 0; i < 8; ++i) head += u64(0);
    head += u16(4) + u64(kBlock) + u64(65536) + u16(32) + u16(1) + u64(direct) + u16(0);
    std::string heap = summed(head);
    if (!good_sum) heap.back() = static_cast<char>(heap.back() ^ 1);
    const std::uint64_t heap_at = file.put(heap);
    std::string leaf = "BTLF" + u8(0) + u8(5);
    for (const std::string& id : ids) leaf += u32(0) + id;
    const std::uint64_t leaf_at = file.put(summed(leaf));
    const std::uint64_t tree =
        file.put(summed("BTHD" + u8(0) + u8(5) + u32(512) + u16(11) + u16(0) + u8(100) + u8(40) +
                        u64(leaf_at) + u16(ids.size()) + u64(ids.size())));
    return file.object2({{0x02, u8(0) + u8(0) + u64(heap_at) + u64(tree)}});
}

std::string names_of(const std::vector<hdf5::Link>& links) {
    std::string out;
    for (const hdf5::Link& link : links) out += std::string(link.name) + " ";
    return out;
}

}  // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(Errc)

BOOST_AUTO_TEST_SUITE(hdf5_file)

BOOST_AUTO_TEST_CASE(checksums_are_those_of_their_authors) {
    BOOST_TEST(hdf5::lookup3({}) == 0xDEADBEEFU);
    BOOST_TEST(hdf5::lookup3(as_bytes("Four score and seven years ago")) == 0x17770551U);
    BOOST_TEST(hdf5::lookup3(as_bytes("twelve bytes")) != hdf5::lookup3(as_bytes("twelve byteS")));
    BOOST_TEST(hdf5::fletcher32(as_bytes("\1\2\3\4")) == 0x05080406U);
    BOOST_TEST(hdf5::fletcher32(as_bytes("\1\2\3")) == 0x05040402U);
}

BOOST_AUTO_TEST_CASE(the_signature_stands_at_powers_of_two) {
    File file;
    const std::string bytes = file.with_root({hard_link("a", 96)});
    BOOST_TEST(hdf5::recognise(as_bytes(bytes)).value_or(9) == 0U);
    for (const std::size_t block : {512U, 1024U, 2048U}) {
        const std::string moved = std::string(block, 'x') + bytes;
        BOOST_TEST(hdf5::recognise(as_bytes(moved)).value_or(9) == block);
        const auto h5 = open(moved);
        BOOST_TEST_REQUIRE(bool(h5));
        // Addresses and the end move along.
        BOOST_TEST(h5->base() == block);
        BOOST_TEST(h5->end() == moved.size());
        BOOST_TEST(links(moved)->size() == 1U);
    }
    BOOST_TEST(!hdf5::recognise(as_bytes(std::string(513, 'x') + bytes)));
    BOOST_TEST(refusal_to_open("nothing") == Errc::bad_magic);
}

BOOST_AUTO_TEST_CASE(both_kinds_of_superblock) {
    File file;
    const std::uint64_t root = file.object2({hard_link("a", 96)});
    for (const std::string& bytes : {file.build(root), file.build2(root)}) {
        BOOST_TEST(names_of(*links(bytes)) == "a ");
        BOOST_TEST(refusal_to_open(bytes.substr(0, bytes.size() - 1)) == Errc::truncated);
        BOOST_TEST(refusal_to_open(bytes.substr(0, 40)) == Errc::truncated);
    }
    std::string damaged = file.build2(root);
    damaged[36] = static_cast<char>(damaged[36] ^ 1);
    BOOST_TEST(refusal_to_open(damaged) == Errc::bad_checksum);
    std::string later = file.build2(root);
    later[8] = 4;
    BOOST_TEST(refusal_to_open(later) == Errc::unsupported);
    std::string odd = file.build(root);
    odd[13] = 3;
    BOOST_TEST(refusal_to_open(odd) == Errc::bad_header);
    // One file of several.
    BOOST_TEST(refusal_to_open(file.build(root, 96)) == Errc::unsupported);
}

BOOST_AUTO_TEST_CASE(headers_go_on_elsewhere) {
    File file;
    const std::string rest = messages({hard_link("b", 96)});
    const std::uint64_t block = file.put(rest);
    const Message more{0x10, u64(block) + u64(rest.size())};
    BOOST_TEST(names_of(*links(file.with_root({hard_link("a", 96), more}))) == "a b ");

    // A block that goes on in itself ends with the count of its messages.
    File circle;
    const std::string self = messages({{0x10, u64(96) + u64(24)}});
    BOOST_TEST(circle.put(self) == 96U);
    BOOST_TEST(refusal(circle.with_root({{0x10, u64(96) + u64(24)}})) == Errc::limit_nodes);

    File outside;
    BOOST_TEST(refusal(outside.with_root({{0x10, u64(96) + u64(1 << 20)}})) == Errc::out_of_bounds);
}

BOOST_AUTO_TEST_CASE(newer_headers_are_checked) {
    File file;
    const std::uint64_t root = file.object2({hard_link("a", 96)});
    std::string bytes = file.build(root);
    bytes[bytes.size() - 9] = static_cast<char>(bytes[bytes.size() - 9] ^ 1);
    BOOST_TEST(refusal(bytes) == Errc::bad_checksum);
    File unknown;
    BOOST_TEST(bool(links(unknown.with_root({{0x40, "x", 0}}))));
    File must;
    BOOST_TEST(refusal(must.with_root({{0x40, "x", 0x80}})) == Errc::unsupported);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(hdf5_groups)

BOOST_AUTO_TEST_CASE(links_of_symbol_tables_are_sorted) {
    File file;
    const std::uint64_t root = symbol_table(file, {{"b", 96}, {"a", 200}});
    const auto found = links(file.build(root));
    BOOST_TEST_REQUIRE(bool(found));
    BOOST_TEST(names_of(*found) == "a b ");
    BOOST_TEST(found->front().address == 200U);
}

BOOST_AUTO_TEST_CASE(links_of_a_heap) {
    const auto object = [](const std::string& name) { return hard_link(name, 96).body; };
    File file;
    const std::uint64_t root = dense_group(file, {object("second"), object("first")});
    BOOST_TEST(names_of(*links(file.build(root))) == "first second ");
    File damaged;
    const std::uint64_t bad = dense_group(damaged, {object("a")}, false);
    BOOST_TEST(refusal(damaged.build(bad)) == Errc::bad_checksum);
}

BOOST_AUTO_TEST_CASE(links_of_each_kind) {
    File file;
    const auto found = links(
        file.with_root({other_link("soft", 1, "/a"), hard_link("hard", 96),
                        other_link("far", 64, "\0f.h5\0/x\0"s), other_link("user", 99, "?")}));
    BOOST_TEST_REQUIRE(bool(found));
    BOOST_TEST(names_of(*found) == "far hard soft user ");
    BOOST_TEST((found->at(0).kind == hdf5::LinkKind::external));
    BOOST_TEST((found->at(1).kind == hdf5::LinkKind::hard));
    BOOST_TEST((found->at(2).kind == hdf5::LinkKind::soft));
    BOOST_TEST((found->at(3).kind == hdf5::LinkKind::user));
}

BOOST_AUTO_TEST_CASE(names_that_no_path_can_hold) {
    for (const std::string& name : {""s, "."s, "a/b"s, "a\0b"s}) {
        File file;
        BOOST_TEST(refusal(file.with_root({hard_link(name, 96)})) == Errc::bad_name);
    }
    File twice;
    BOOST_TEST(refusal(twice.with_root({hard_link("a", 96), hard_link("a", 200)})) ==
               Errc::duplicate_key);
    File many;
    BOOST_TEST(refusal(many.with_root({hard_link("a", 96), hard_link("b", 96)}),
                       Limits{.members = 1}) == Errc::limit_members);
}

BOOST_AUTO_TEST_CASE(trees_that_lead_in_circles) {
    File file;
    const std::uint64_t heap = file.put("HEAP" + u32(0) + u64(8) + u64(kNone) + u64(96));
    const std::uint64_t tree = file.put("");
    BOOST_TEST(file.tree(0, {{u64(0), tree}}, 1) == tree);
    const std::uint64_t root = file.object({{0x11, u64(tree) + u64(heap)}});
    BOOST_TEST(refusal(file.build(root)) == Errc::overlap);

    // A child must be one level below its parent.
    File level;
    const std::uint64_t none = level.put("HEAP" + u32(0) + u64(8) + u64(kNone) + u64(96));
    const std::uint64_t high = level.tree(0, {}, 1);
    const std::uint64_t above = level.tree(0, {{u64(0), high}}, 1);
    const std::uint64_t odd = level.object({{0x11, u64(above) + u64(none)}});
    BOOST_TEST(refusal(level.build(odd)) == Errc::bad_header);

    File shared;
    const std::uint64_t names = shared.put("HEAP" + u32(0) + u64(8) + u64(kNone) + u64(96));
    const std::uint64_t leaf = shared.tree(0, {});
    const std::uint64_t top = shared.tree(0, {{u64(0), leaf}, {u64(0), leaf}}, 1);
    const std::uint64_t both = shared.object({{0x11, u64(top) + u64(names)}});
    BOOST_TEST(refusal(shared.build(both)) == Errc::overlap);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(hdf5_types)

BOOST_AUTO_TEST_CASE(numbers_and_texts) {
    const auto number = type(integer(2, false, true));
    BOOST_TEST_REQUIRE(bool(number));
    BOOST_TEST(number->size == 2U);
    BOOST_TEST(number->big_endian);
    BOOST_TEST(!number->is_signed);
    const auto real = type(float32());
    BOOST_TEST_REQUIRE(bool(real));
    BOOST_TEST((real->real == hdf5::FloatBits{31, 23, 8, 0, 23, 127, 2}));
    BOOST_TEST(type(fixed_text(0))->size == 0U);
    BOOST_TEST(refusal_of_type(integer(0)) == Errc::bad_header);
    BOOST_TEST(refusal_of_type(integer(4).substr(0, 9)) == Errc::truncated);
    std::string vax = float32();
    vax[1] = 0x61;
    BOOST_TEST(refusal_of_type(vax) == Errc::unsupported);
    BOOST_TEST(refusal_of_type(u8(0x1C) + u32(0) + u32(4)) == Errc::unsupported);
}

BOOST_AUTO_TEST_CASE(types_of_types) {
    const auto compound = [](std::uint32_t size, std::uint32_t offset) {
        return u8(0x36) + u16(1) + u8(0) + u32(size) + "f"s + '\0' + u8(offset) + integer(4);
    };
    BOOST_TEST(type(compound(8, 4))->fields.front().offset == 4U);
    BOOST_TEST(refusal_of_type(compound(8, 5)) == Errc::out_of_bounds);

    const auto array = [](std::uint32_t size, const std::string& base) {
        return u8(0x3A) + std::string(3, '\0') + u32(size) + u8(1) + u32(3) + base;
    };
    BOOST_TEST(type(array(12, integer(4)))->shape.front() == 3U);
    BOOST_TEST(refusal_of_type(array(13, integer(4))) == Errc::size_mismatch);

    std::string deep = integer(1);
    std::uint32_t size = 1;
    for (int i = 0; i < 20; ++i) {
        deep = u8(0x3A) + std::string(3, '\0') + u32(size) + u8(1) + u32(1) + deep;
    }
    BOOST_TEST(refusal_of_type(deep) == Errc::limit_depth);
}

BOOST_AUTO_TEST_CASE(a_type_with_a_name) {
    File file;
    const std::uint64_t named = file.object({datatype(integer(4))});
    const std::uint64_t address =
        file.object({dataspace({2}), {0x03, u8(2) + u8(0) + u64(named), 2}, compact("12345678")});
    const std::string bytes = file.build(address);
    hdf5::File h5 = *open(bytes);
    const auto found = hdf5::read_dataset(h5, *hdf5::read_object(h5, address));
    BOOST_TEST_REQUIRE(bool(found));
    BOOST_TEST(found->type.size == 4U);

    // A name that leads to another name.
    File circle;
    const std::uint64_t first = circle.object({{0x03, u8(2) + u8(0) + u64(96), 2}});
    BOOST_TEST(first == 96U);
    const std::string text = circle.build(first);
    hdf5::File again = *open(text);
    const hdf5::Object object = *hdf5::read_object(again, first);
    const auto resolved = hdf5::resolve(again, object.messages.front());
    BOOST_TEST_REQUIRE(!resolved);
    BOOST_TEST(resolved.error().code == Errc::missing_record);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(hdf5_datasets)

BOOST_AUTO_TEST_CASE(the_parts_of_a_dataset) {
    const auto found =
        dataset({dataspace({2, 3}, {2, kNone}), datatype(integer(4)), chunked(kNone, {1, 2, 4}),
                 fill("abcd"), filters({{1, 6}, {2, 4}})});
    BOOST_TEST_REQUIRE(bool(found));
    BOOST_TEST(found->space.shape == (std::vector<std::uint64_t>{2, 3}),
               boost::test_tools::per_element());
    BOOST_TEST(found->space.most.at(1) == hdf5::kNoAddress);
    BOOST_TEST(found->layout.chunk_bytes == 8U);
    BOOST_TEST(text(found->fill) == "abcd");
    BOOST_TEST(found->filters.at(1).id == 2U);
}

BOOST_AUTO_TEST_CASE(what_lies_elsewhere_is_refused) {
    const Messages plain{dataspace({2}), datatype(integer(4)), compact("12345678")};
    Messages external = plain;
    external.push_back({0x07, std::string(16, '\0')});
    BOOST_TEST(refusal_of_dataset(external) == Errc::external_data);
    const Message is_virtual{0x08, u8(4) + u8(3) + std::string(12, '\0')};
    BOOST_TEST(refusal_of_dataset({dataspace({2}), datatype(integer(4)), is_virtual}) ==
               Errc::unsupported);
}

BOOST_AUTO_TEST_CASE(parts_that_do_not_fit) {
    const Message four = datatype(integer(4));
    BOOST_TEST(refusal_of_dataset({dataspace({2}), four}) == Errc::missing_record);
    BOOST_TEST(refusal_of_dataset({dataspace({2}), four, chunked(kNone, {1, 1, 4})}) ==
               Errc::rank_mismatch);
    BOOST_TEST(refusal_of_dataset({dataspace({2}), four, chunked(kNone, {1, 2})}) ==
               Errc::size_mismatch);
    BOOST_TEST(refusal_of_dataset({dataspace({2}), four, chunked(kNone, {0, 4})}) ==
               Errc::bad_header);
    BOOST_TEST(refusal_of_dataset({dataspace({2}), four, compact("12345678"), fill("abc")}) ==
               Errc::size_mismatch);
    BOOST_TEST(refusal_of_dataset({dataspace(std::vector<std::uint64_t>(33, 1)), four,
                                   compact("1234")}) == Errc::limit_rank);
    BOOST_TEST(refusal_of_dataset({dataspace({4}, {3}), four, compact("1234")}) ==
               Errc::bad_header);
    const std::uint32_t most = UINT32_MAX;
    BOOST_TEST(refusal_of_dataset({dataspace({1, 1, 1}), four,
                                   chunked(kNone, {most, most, most, 4})}) == Errc::overflow);
}

BOOST_AUTO_TEST_CASE(texts_of_attributes) {
    File file;
    const std::string heap = "GCOL" + u32(1) + u64(48) + u16(1) + u16(1) + u32(0) + u64(5) +
                             padded("hello") + std::string(8, '\0');
    const std::uint64_t collection = file.put(heap);
    const std::string variable = u8(0x19) + u8(1) + u16(0) + u32(16) + integer(1);
    const std::uint64_t root = file.object(
        {hard_link("x", 96), attribute("fixed", fixed_text(4), dataspace({2}), "ab\0\0cdef"s),
         attribute("long", variable, dataspace({}), u32(5) + u64(collection) + u32(1)),
         attribute("lost", variable, dataspace({}), u32(5) + u64(collection) + u32(7))});
    const std::string bytes = file.build(root);
    hdf5::File h5 = *open(bytes);
    const auto found = hdf5::read_attributes(h5, *hdf5::read_object(h5, root));
    BOOST_TEST_REQUIRE(bool(found));
    BOOST_TEST_REQUIRE(found->size() == 3U);
    const auto fixed = hdf5::read_texts(h5, found->at(0));
    BOOST_TEST_REQUIRE((fixed && *fixed));
    BOOST_TEST((**fixed == std::vector<std::string_view>{"ab", "cdef"}));
    BOOST_TEST(hdf5::read_texts(h5, found->at(1))->value().front() == "hello");
    const auto lost = hdf5::read_texts(h5, found->at(2));
    BOOST_TEST_REQUIRE(!lost);
    BOOST_TEST(lost.error().code == Errc::missing_record);
}

BOOST_AUTO_TEST_SUITE_END()
