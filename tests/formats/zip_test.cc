#include "formats/archive/zip.h"

#include <boost/test/unit_test.hpp>

#include "zip_reading.h"

using namespace pratique;
using namespace pratique::test;

namespace {

void expect_clean(const std::string& file) {
    const auto archive = read(file);
    BOOST_TEST(zip::recognise(as_bytes(file)));
    BOOST_TEST(kinds(archive) == "");
    BOOST_TEST(archive.unclaimed.empty());
    BOOST_TEST(!archive.error);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(zip_ordinary)

BOOST_AUTO_TEST_CASE(a_stored_archive) {
    const auto file = two_members().build("a note");
    expect_clean(file);
    const auto archive = read(file);
    BOOST_TEST(names(archive) == "a/data.pkl a/version");
    BOOST_TEST(archive.comment == "a note");
    const zip::Entry& first = archive.entries[0];
    BOOST_TEST(first.header_offset == 0U);
    BOOST_TEST(first.data_offset == 40U);
    BOOST_TEST(first.size == 13U);
    BOOST_TEST(first.crc == crc_of("first payload"));
    BOOST_TEST(first.in_local);
    BOOST_TEST(text(zip::payload(as_bytes(file), first)) == "first payload");
}

BOOST_AUTO_TEST_CASE(an_empty_archive) {
    expect_clean(end_record(0, 0, 0));
    BOOST_TEST(!zip::recognise(as_bytes("PK")));
    BOOST_TEST(!zip::recognise({}));
    BOOST_TEST(
        !zip::recognise(as_bytes("some text PK\5\6 and on it goes, far enough for a record")));
}

BOOST_AUTO_TEST_CASE(descriptors_in_all_four_forms) {
    for (const bool wide : {false, true}) {
        for (const bool marked : {false, true}) {
            ZipBuilder zip = two_members();
            zip.add("empty", "");
            for (auto& member : zip.members()) stream(member, wide, marked);
            BOOST_TEST_CONTEXT(wide << marked) expect_clean(zip.build());
        }
    }
}

BOOST_AUTO_TEST_CASE(the_layout_of_torch) {
    ZipBuilder zip = two_members();
    for (auto& member : zip.members()) {
        stream(member, false, true);
        member.local.extra = extra_part(0x4246, std::string(20, 'Z'));
    }
    zip.add("a/.data/serialization_id", "").local.flags = 0x0800;
    const std::string body = zip.body();
    const std::string directory = zip.directory();
    const std::uint64_t end64 = body.size() + directory.size();
    expect_clean(body + directory + end64_record(3, directory.size(), body.size()) +
                 locator64(end64) + end_record(3, directory.size(), body.size()));
}

BOOST_AUTO_TEST_CASE(sizes_in_64_bits) {
    ZipBuilder zip = two_members();
    auto& member = zip.members()[0];
    const auto wide = little(13, 8) + little(13, 8);
    member.local.packed = member.local.size = 0xFFFFFFFF;
    member.local.extra = extra_part(1, wide);
    member.central.packed = member.central.size = 0xFFFFFFFF;
    member.central.extra = extra_part(1, wide);
    const std::string body = zip.body();
    const std::string directory = zip.directory();
    const std::uint64_t end64 = body.size() + directory.size();
    const auto file = body + directory + end64_record(2, directory.size(), body.size()) +
                      locator64(end64) + end_record(0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF);
    expect_clean(file);
    BOOST_TEST(read(file).entries[0].compressed_size == 13U);
    BOOST_TEST(names(read(file)) == "a/data.pkl a/version");
}

BOOST_AUTO_TEST_CASE(padding_that_alignment_tools_write) {
    for (const std::size_t zeros : {1U, 2U, 3U, 4U, 61U}) {
        ZipBuilder zip = two_members();
        zip.members()[1].local.extra = std::string(zeros, '\0');
        expect_clean(zip.build());
    }
    std::string blocks = two_members().build();
    blocks.resize(10'240, '\0');
    expect_clean(blocks);
}

BOOST_AUTO_TEST_CASE(an_archive_inside_is_a_members_affair) {
    ZipBuilder zip;
    zip.add("inner.zip", two_members().build());
    const auto file = zip.build();
    expect_clean(file);
    BOOST_TEST(names(read(file)) == "inner.zip");
}

BOOST_AUTO_TEST_CASE(the_size_is_known_but_not_the_packed_size) {
    ZipBuilder zip = two_members();
    stream(zip.members()[0], false, true);
    zip.members()[0].local.size = 13;
    expect_clean(zip.build());
}

BOOST_AUTO_TEST_CASE(symbolic_links) {
    ZipBuilder zip = two_members();
    auto& member = zip.members()[0];
    member.central.attributes = 0120777U << 16;
    member.central.made_by = 0x0314;
    BOOST_TEST(zip::is_symlink(read(zip.build()).entries[0]));
    BOOST_TEST(!zip::is_symlink(read(zip.build()).entries[1]));
    zip.members()[0].central.made_by = 20;
    BOOST_TEST(!zip::is_symlink(read(zip.build()).entries[0]));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(zip_limits)

BOOST_AUTO_TEST_CASE(members_are_counted) {
    ZipBuilder zip;
    for (int i = 0; i < 5; ++i) zip.add("m" + std::to_string(i), "x");
    const auto file = zip.build();
    Limits limits;
    limits.members = 3;
    const auto archive = zip::read(as_bytes(file), limits);
    BOOST_TEST(archive.entries.size() == 3U);
    BOOST_TEST_REQUIRE(bool(archive.error));
    BOOST_TEST((archive.error->code == Errc::limit_members));
}

BOOST_AUTO_TEST_CASE(the_search_is_capped) {
    ZipBuilder zip(std::string(1000, 'j'));
    zip.add("x", "y");
    Limits limits;
    limits.probed_bytes = 100;
    const auto file = zip.build();
    const auto archive = zip::read(as_bytes(file), limits);
    BOOST_TEST(kinds(archive) == "prefix_bytes unsearched");
    BOOST_TEST(archive.anomalies.back().offset == 100U);
}

BOOST_AUTO_TEST_CASE(every_truncation_keeps_what_was_read) {
    ZipBuilder zip = two_members();
    stream(zip.members()[0], true, true);
    const auto file = zip.build("note");
    for (std::size_t size = 0; size < file.size(); ++size) {
        const auto part = file.substr(0, size);
        const auto archive = read(part);
        const bool noticed = archive.error || !archive.anomalies.empty();
        BOOST_TEST_CONTEXT(size) BOOST_TEST(noticed);
        for (const auto& entry : archive.entries) BOOST_TEST(entry.data_offset <= size);
    }
}

BOOST_AUTO_TEST_CASE(one_big_header_is_not_read_for_ever) {
    ZipBuilder zip;
    zip.add("x", "y").local.extra = std::string(60'000, '\0');
    const auto body = zip.body();
    std::string directory;
    for (int i = 0; i < 1'000; ++i) directory += zip.members()[0].central.central();
    const auto archive = read(body + directory + end_record(1'000, directory.size(), body.size()));
    BOOST_TEST_REQUIRE(bool(archive.error));
    BOOST_TEST((archive.error->code == Errc::limit_members));
    BOOST_TEST(archive.entries.size() < 20U);
}

BOOST_AUTO_TEST_CASE(headers_without_names_cost_no_more_than_others) {
    ZipHeader header;
    header.extra = std::string(60'000, '\0');
    std::string spam;
    for (int i = 0; i < 3'000; ++i) spam += header.local().substr(0, 30);
    ZipBuilder zip = two_members();
    zip.members()[1].before = spam + header.extra;
    const auto archive = read(zip.build());
    BOOST_TEST_REQUIRE(bool(archive.error));
    BOOST_TEST((archive.error->code == Errc::limit_members));
    BOOST_TEST(names(archive) == "a/data.pkl a/version");
}

BOOST_AUTO_TEST_SUITE_END()
