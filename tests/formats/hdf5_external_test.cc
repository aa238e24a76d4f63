// What an HDF5 file says of other files: links, raw data, virtual datasets.
#include <boost/test/unit_test.hpp>
#include <list>

#include "formats/hdf5/external.h"
#include "formats/hdf5/group.h"
#include "hdf5_builder.h"

using namespace pratique;
using namespace pratique::test::h5;
using namespace std::string_literals;

namespace {

Bytes kept(const std::string& bytes) {
    static std::list<std::string> files;
    return as_bytes(files.emplace_back(bytes));
}

std::string links_of(const Messages& messages) {
    File file;
    auto h5 = hdf5::File::open(kept(file.with_root(messages)), Limits{});
    BOOST_TEST_REQUIRE(!!h5);
    const auto links = hdf5::read_links(*h5, *hdf5::read_object(*h5, h5->root()));
    if (!links) return std::string(name(links.error().code));
    std::string out;
    for (const hdf5::Link& link : *links) {
        out += std::string(link.name) + "=" + std::string(link.file) + ":" +
               std::string(link.path) + " ";
    }
    return out;
}

std::uint64_t heap(File& file, const std::string& texts) {
    const std::uint64_t data = file.put(texts);
    return file.put("HEAP" + u32(0) + u64(texts.size()) + u64(kNone) + u64(data));
}

using Files = Result<std::vector<hdf5::ExternalFile>>;

/// The files of an object with this message.
std::string files_of(File& file, const Message& message,
                     Files (*read)(hdf5::File&, const hdf5::Message&)) {
    const std::uint64_t address = file.object({message});
    auto h5 = hdf5::File::open(kept(file.build(address)), Limits{});
    BOOST_TEST_REQUIRE(!!h5);
    const hdf5::Object object = *hdf5::read_object(*h5, address);
    const auto files = read(*h5, object.messages.front());
    if (!files) return std::string(name(files.error().code));
    std::string out;
    for (const hdf5::ExternalFile& one : *files) {
        out += std::string(one.name) + ":" + std::string(one.dataset) + ":" +
               std::to_string(one.begin) + "+" + std::to_string(one.bytes) + " ";
    }
    return out;
}

std::string external_files(const std::string& slots, std::uint64_t used) {
    File file;
    const std::uint64_t names = heap(file, "\0\0\0\0\0\0\0\0a.raw\0\0\0../b\0\0\0\0"s);
    const Message message{
        0x07, u8(1) + std::string(3, '\0') + u16(used) + u16(used) + u64(names) + slots};
    return files_of(file, message, hdf5::read_external_files);
}

const std::string kAll = u32(3) + u32(1) + u64(0);

std::string virtual_sources(const std::string& entries, std::uint64_t count,
                            std::uint8_t version = 0) {
    File file;
    const std::string object = u8(version) + u64(count) + entries + u32(0);
    const std::uint64_t heap = file.put("GCOL" + u32(1) + u64(32 + padded(object).size()) + u16(1) +
                                        u16(1) + u32(0) + u64(object.size()) + padded(object));
    const Message message{0x08, u8(4) + u8(3) + u64(heap) + u32(1)};
    return files_of(file, message, hdf5::read_virtual_sources);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(hdf5_external)

BOOST_AUTO_TEST_CASE(links_say_where_they_lead) {
    BOOST_TEST(
        links_of({other_link("a", 1, "/b/c"), other_link("x", 64, "\0../other.h5\0/w\0"s)}) ==
        "a=:/b/c x=../other.h5:/w ");
    BOOST_TEST(links_of({other_link("x", 64, "\0no end"s)}) == "truncated");
    BOOST_TEST(links_of({other_link("x", 64, "")}) == "truncated");
    BOOST_TEST(links_of({other_link("x", 200, "whatever")}) == "x=: ");
}

BOOST_AUTO_TEST_CASE(raw_data_of_other_files) {
    const std::string slots = u64(8) + u64(0) + u64(4) + u64(16) + u64(100) + u64(kNone);
    BOOST_TEST(external_files(slots, 2) ==
               "a.raw::0+4 ../b::100+" + std::to_string(hdf5::kNoAddress) + " ");
    BOOST_TEST(external_files(slots, 3) == "truncated");
    BOOST_TEST(external_files(u64(800) + u64(0) + u64(4), 1) == "out_of_bounds");
}

BOOST_AUTO_TEST_CASE(sources_of_virtual_datasets) {
    const std::string regular =
        u32(2) + u32(3) + u8(1) + u8(2) + u32(1) + u16(0) + u16(1) + u16(1) + u16(1);
    const std::string blocks = u32(2) + u32(1) + u64(0) + u32(1) + u32(1) + u32(0) + u32(1);
    const std::string points = u32(1) + u32(1) + u64(0) + u32(2) + u32(1) + u32(0) + u32(1);
    BOOST_TEST(virtual_sources("a.h5\0/x\0"s + kAll + regular + ".\0/y\0"s + blocks + points, 2) ==
               "a.h5:/x:0+0 .:/y:0+0 ");
    BOOST_TEST(virtual_sources("a.h5\0/x\0"s + kAll + kAll, 2) == "truncated");
    BOOST_TEST(virtual_sources("a.h5\0/x\0"s + kAll + kAll, 1, 9) == "unsupported");
    BOOST_TEST(virtual_sources("a.h5\0/x\0"s + u32(9) + u32(1) + kAll, 1) == "unsupported");
    BOOST_TEST(virtual_sources("", 1'000'000'000) == "limit_members");
    const std::string many = u32(2) + u32(1) + u64(0) + u32(33) + u32(1);
    BOOST_TEST(virtual_sources("a\0b\0"s + many, 1) == "limit_rank");
}

BOOST_AUTO_TEST_SUITE_END()
