// HDF5 files, scanned whole.
#include <boost/test/unit_test.hpp>

#include "hdf5_builder.h"
#include "pickle_builder.h"
#include "scan_support.h"

namespace pratique::scanner {
namespace {

using namespace std::string_literals;
using namespace pratique::test::h5;

const std::string kEvil =
    test::pickled(test::call(test::global("os", "system"), test::str("true")), 2);

/// What a file of one dataset "w" of these messages is found to be.
FileReport of_dataset(File& file, const Messages& messages) {
    const std::uint64_t dataset = file.object(messages);
    return test::scan(file.with_root({hard_link("w", dataset)}));
}

FileReport of_dataset(const Messages& messages) {
    File file;
    return of_dataset(file, messages);
}

/// A group without links in a heap.
const Message kGroup{0x02, u8(0) + u8(0) + u64(kNone) + u64(kNone)};

FileReport of_links(Messages links) {
    File file;
    links.insert(links.begin(), kGroup);
    return test::scan(file.with_root(links));
}

std::uint64_t names(File& file, const std::string& texts) {
    const std::uint64_t data = file.put(texts);
    return file.put("HEAP" + u32(0) + u64(texts.size()) + u64(kNone) + u64(data));
}

FileReport stored_in(const std::string& name) {
    File file;
    const std::uint64_t heap = names(file, padded(name + '\0'));
    const Message elsewhere{0x07, u8(1) + std::string(3, '\0') + u16(1) + u16(1) + u64(heap) +
                                      u64(0) + u64(0) + u64(8)};
    return of_dataset(file, {dataspace({2}), datatype(float32()), elsewhere, contiguous(kNone, 8)});
}

BOOST_AUTO_TEST_SUITE(hdf5)

BOOST_AUTO_TEST_CASE(plain_files_are_clean) {
    File file;
    const std::uint64_t data = file.put(std::string(8, '\1'));
    const FileReport report =
        of_dataset(file, {dataspace({2}), datatype(float32()), contiguous(data, 8)});
    BOOST_TEST(test::verdict_of(report) == "clean");
    BOOST_TEST(test::identities(report) == "hdf5");
    BOOST_TEST(test::verdict_of(of_links({})) == "clean");
}

BOOST_AUTO_TEST_CASE(other_files_are_named) {
    BOOST_TEST(test::ids(stored_in("/etc/hostname")) == "PRQ-HDF5-001");
    BOOST_TEST(test::ids(stored_in("a/../../b")) == "PRQ-HDF5-001");
    BOOST_TEST(test::ids(stored_in("~/b")) == "PRQ-HDF5-001");
    const FileReport beside = stored_in("part.raw");
    BOOST_TEST(test::ids(beside) == "PRQ-HDF5-002");
    BOOST_REQUIRE(beside.references.size() == 1);
    BOOST_TEST(beside.references[0].name == "part.raw");
    BOOST_TEST(beside.references[0].bytes == 8);
    BOOST_TEST(test::ids(of_links({other_link("w", 64, "\0/srv/x.h5\0/w\0"s)})) == "PRQ-HDF5-001");
    const FileReport linked = of_links({other_link("w", 64, "\0x.h5\0/w\0"s)});
    BOOST_TEST(test::ids(linked) == "PRQ-HDF5-003");
    BOOST_TEST(linked.references.size() == 1);
}

BOOST_AUTO_TEST_CASE(evidence_has_path_and_place) {
    const FileReport report = of_links({other_link("w", 64, "\0/srv/x.h5\0/w\0"s)});
    BOOST_REQUIRE(report.findings.size() == 1);
    BOOST_TEST(report.findings[0].evidence == "/w: /srv/x.h5");
    BOOST_TEST(report.findings[0].offset > 96);
}

BOOST_AUTO_TEST_CASE(circles_end) {
    BOOST_TEST(test::ids(of_links({hard_link("self", 96)})) == "PRQ-HDF5-007");
    BOOST_TEST(test::ids(of_links({other_link("a", 1, "/b"), other_link("b", 1, "a")})) ==
               "PRQ-HDF5-007");
    BOOST_TEST(test::ids(of_links({other_link("a", 1, "/c")})) == "PRQ-HDF5-008");
    BOOST_TEST(test::verdict_of(of_links({other_link("a", 1, "/")})) == "clean");
    BOOST_TEST(test::ids(of_links({other_link("a", 200, "x")})) == "PRQ-HDF5-009");
}

/// Forty groups, each with two links to the next: 2^40 ways to the last.
BOOST_AUTO_TEST_CASE(many_ways_cost_nothing) {
    File file;
    std::uint64_t next = file.object({other_link("end", 1, "/")});
    for (int i = 0; i < 40; ++i) next = file.object({hard_link("a", next), hard_link("b", next)});
    const FileReport report = test::scan(file.build(next));
    BOOST_TEST(test::verdict_of(report) == "clean");
}

BOOST_AUTO_TEST_CASE(claims_are_measured) {
    const Message type = datatype(float32());
    BOOST_TEST(test::ids(of_dataset({dataspace({1ULL << 40}), type, contiguous(kNone, 0)})) ==
               "PRQ-HDF5-006");
    BOOST_TEST(test::ids(of_dataset({dataspace({1ULL << 20}), type, contiguous(kNone, 0)})) == "");
    const Message huge = dataspace({1ULL << 40, 1ULL << 40});
    BOOST_TEST(test::ids(of_dataset({huge, type, chunked(kNone, {1, 1, 4})})) == "PRQ-HDF5-006");
    File file;
    const std::uint64_t data = file.put(std::string(8, '\1'));
    const FileReport lying =
        of_dataset(file, {dataspace({4}), datatype(float32()), contiguous(data, 8)});
    BOOST_TEST(test::gaps(lying) == "malformed");
    BOOST_TEST(test::ids(of_dataset({dataspace({1ULL << 40}), type, contiguous(96, 8)})) ==
               "PRQ-HDF5-006");
}

BOOST_AUTO_TEST_CASE(filters_that_are_libraries) {
    const auto with = [](std::uint16_t id) {
        return test::ids(of_dataset(
            {dataspace({8}), datatype(float32()), chunked(kNone, {8, 4}), filters({{id, 1}})}));
    };
    BOOST_TEST(with(1) == "");
    BOOST_TEST(with(32000) == "");
    BOOST_TEST(with(32015) == "PRQ-HDF5-005");
    BOOST_TEST(with(700) == "PRQ-HDF5-004");
}

BOOST_AUTO_TEST_CASE(bytes_that_are_a_pickle) {
    const std::uint64_t size = kEvil.size();
    const auto stored = [&](const std::string& type, const std::vector<std::uint64_t>& shape) {
        File file;
        const std::uint64_t data = file.put(kEvil);
        return test::verdict_of(
            of_dataset(file, {dataspace(shape), datatype(type), contiguous(data, size)}));
    };
    BOOST_TEST(stored(opaque(static_cast<std::uint32_t>(size)), {}) == "malicious");
    BOOST_TEST(stored(fixed_text(static_cast<std::uint32_t>(size)), {}) == "malicious");
    BOOST_TEST(stored(integer(1), {size}) == "malicious");
    File file;
    const std::uint64_t root = file.object(
        {attribute("a", opaque(static_cast<std::uint32_t>(size)), dataspace({}), kEvil)});
    BOOST_TEST(test::verdict_of(test::scan(file.build(root))) == "malicious");
}

BOOST_AUTO_TEST_CASE(chunks_are_unpacked_to_look) {
    File file;
    const std::string first = kEvil.substr(0, 8);
    const std::string rest = kEvil.substr(8) + std::string(8 - (kEvil.size() - 8) % 8, '.');
    std::vector<std::pair<std::string, std::uint64_t>> rows{
        {File::chunk_key(8, {0}), file.put(first)}};
    for (std::size_t at = 0; at < rest.size(); at += 8) {
        rows.emplace_back(File::chunk_key(8, {8 + at}), file.put(rest.substr(at, 8)));
    }
    const std::uint64_t tree = file.tree(1, rows);
    const FileReport report = of_dataset(
        file, {dataspace({8 + rest.size()}), datatype(integer(1)), chunked(tree, {8, 1})});
    BOOST_TEST(test::verdict_of(report) == "malicious");
}

BOOST_AUTO_TEST_CASE(bytes_beside_the_file) {
    File file;
    const std::string plain = file.with_root({kGroup});
    BOOST_TEST(test::verdict_of(test::scan(plain + kEvil)) == "malicious");
    std::string block = kEvil;
    block.resize(512, '\0');
    BOOST_TEST(test::verdict_of(test::scan(block + plain)) == "malicious");
    block = "MATLAB 7.3 MAT-file, Platform: GLNXA64";
    block.resize(124, ' ');
    block.resize(512, '\0');
    BOOST_TEST(test::verdict_of(test::scan(block + plain)) == "clean");
    block[300] = 'x';
    BOOST_TEST(test::verdict_of(test::scan(block + plain)) == "incomplete");
}

BOOST_AUTO_TEST_CASE(every_cut_is_seen) {
    File file;
    const std::uint64_t data = file.put(std::string(8, '\1'));
    const std::uint64_t dataset = file.dataset(float32(), {2}, contiguous(data, 8));
    const std::string whole = file.with_root({hard_link("w", dataset)});
    for (std::size_t size = 9; size < whole.size(); ++size) {
        BOOST_TEST(test::verdict_of(test::scan(whole.substr(0, size))) != "clean");
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace pratique::scanner
