#include "formats/archive/zip.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "zip_builder.h"

using namespace pratique;
using namespace pratique::test;
using namespace std::string_literals;
using zip::AnomalyKind;

namespace {

zip::Archive read(const std::string& file) { return zip::read(as_bytes(file), Limits{}); }

/// The anomalies by name, each once, in the order of their kinds.
std::string kinds(const zip::Archive& archive) {
    std::vector<AnomalyKind> found;
    for (const auto& anomaly : archive.anomalies) found.push_back(anomaly.kind);
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    std::string out;
    for (const AnomalyKind kind : found) out += (out.empty() ? "" : " ") + std::string(name(kind));
    return out;
}

/// The names of the entries, '-' before those that no directory has.
std::string names(const zip::Archive& archive) {
    std::string out;
    for (const auto& entry : archive.entries) {
        out += (out.empty() ? "" : " ") + std::string(entry.in_central ? "" : "-");
        out += entry.name;
    }
    return out;
}

void expect_clean(const std::string& file) {
    const auto archive = read(file);
    BOOST_TEST(zip::recognise(as_bytes(file)));
    BOOST_TEST(kinds(archive) == "");
    BOOST_TEST(archive.unclaimed.empty());
    BOOST_TEST(!archive.error);
}

ZipBuilder two_members() {
    ZipBuilder zip;
    zip.add("a/data.pkl", "first payload");
    zip.add("a/version", "3\n");
    return zip;
}

/// Makes a member one whose sizes only the directory and a descriptor know.
void stream(ZipBuilder::Member& member, bool wide, bool marked) {
    member.local.flags = member.central.flags = 8;
    member.descriptor = (marked ? "PK\7\10" : "") + little(member.central.crc, 4) +
                        little(member.central.packed, wide ? 8 : 4) +
                        little(member.central.size, wide ? 8 : 4);
    member.local.crc = 0;
    member.local.packed = member.local.size = 0;
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

BOOST_AUTO_TEST_SUITE(zip_hiding)

BOOST_AUTO_TEST_CASE(bytes_in_front) {
    const auto relative = "junk" + two_members().build();
    BOOST_TEST(zip::recognise(as_bytes(relative)));
    auto archive = read(relative);
    BOOST_TEST(kinds(archive) == "prefix_bytes");
    BOOST_TEST((archive.unclaimed == std::vector<zip::Range>{{0, 4}}));
    BOOST_TEST(archive.entries[0].header_offset == 4U);

    ZipBuilder zip("junk");
    zip.add("x", "y");
    const auto absolute = zip.build();
    archive = read(absolute);
    BOOST_TEST(kinds(archive) == "prefix_bytes");
    BOOST_TEST(text(zip::payload(as_bytes(absolute), archive.entries[0])) == "y");
}

BOOST_AUTO_TEST_CASE(bytes_behind) {
    const auto file = two_members().build();
    const auto archive = read(file + "junk");
    BOOST_TEST(kinds(archive) == "trailing_bytes");
    BOOST_TEST((archive.unclaimed == std::vector<zip::Range>{{file.size(), file.size() + 4}}));
}

BOOST_AUTO_TEST_CASE(members_between_members) {
    ZipBuilder zip = two_members();
    ZipBuilder hidden;
    hidden.add("evil.pkl", "payload");
    zip.members()[1].before = "\1\2\3" + hidden.body() + "\4";
    const auto archive = read(zip.build());
    BOOST_TEST(kinds(archive) == "entry_only_local");
    BOOST_TEST(names(archive) == "a/data.pkl a/version -evil.pkl");
    BOOST_TEST(archive.unclaimed.size() == 2U);
    BOOST_TEST(archive.entries[2].compressed_size == 7U);
}

BOOST_AUTO_TEST_CASE(a_streamed_member_that_no_directory_names) {
    for (const bool wide : {false, true}) {
        for (const bool marked : {false, true}) {
            ZipBuilder zip = two_members();
            stream(zip.add("evil.pkl", "payload PK here"), wide, marked);
            zip.members()[2].in_central = false;
            const auto file = zip.build();
            const auto archive = read(file);
            BOOST_TEST_CONTEXT(wide << marked) {
                BOOST_TEST(kinds(archive) == "entry_only_local");
                BOOST_TEST(text(zip::payload(as_bytes(file), archive.entries[2])) ==
                           "payload PK here");
                BOOST_TEST(archive.unclaimed.empty());
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(no_directory_at_all) {
    ZipBuilder zip = two_members();
    stream(zip.members()[0], false, true);
    const auto file = zip.body();
    const auto archive = read(file);
    BOOST_TEST((archive.error == Error{Errc::truncated, file.size()}));
    BOOST_TEST(names(archive) == "-a/data.pkl -a/version");
    BOOST_TEST(archive.entries[0].compressed_size == 13U);
}

BOOST_AUTO_TEST_CASE(counts_and_sizes_that_lie) {
    ZipBuilder zip = two_members();
    const auto body = zip.body();
    const auto directory = zip.directory();
    const auto ending = [&](std::uint64_t count, std::uint64_t size) {
        return read(body + directory + end_record(count, size, body.size()));
    };
    for (const std::uint64_t count : {0U, 1U, 9U}) {
        BOOST_TEST(kinds(ending(count, directory.size())) == "count_mismatch");
        BOOST_TEST(names(ending(count, directory.size())) == "a/data.pkl a/version");
    }
    // A size that starts at the second record: zipfile reads that one alone.
    const auto second = zip.members()[1].central.central().size();
    for (const std::uint64_t size :
         {std::size_t{0}, std::size_t{9}, second, directory.size() + 9}) {
        const auto archive = ending(2, size);
        BOOST_TEST(kinds(archive).find("directory_size_mismatch") != std::string::npos);
        BOOST_TEST(names(archive) == "a/data.pkl a/version");
    }
}

BOOST_AUTO_TEST_CASE(two_archives_one_behind_the_other) {
    ZipBuilder evil;
    evil.add("evil", "payload");
    const auto first = evil.build();
    auto archive = read(first + two_members().build());
    BOOST_TEST(kinds(archive) == "second_end_record");
    BOOST_TEST(names(archive) == "a/data.pkl a/version evil");
    BOOST_TEST(archive.unclaimed.empty());

    // Too far from the end for a reader that looks for the end record.
    ZipBuilder big;
    big.add("big", std::string(100'000, 'x'));
    archive = read(first + big.build());
    BOOST_TEST(kinds(archive) == "second_end_record");
    BOOST_TEST(names(archive) == "big evil");
}

BOOST_AUTO_TEST_CASE(an_archive_in_the_comment) {
    ZipBuilder decoy;
    decoy.add("decoy", "harmless");
    const auto file = two_members().build(decoy.build());
    const auto archive = read(file);
    BOOST_TEST(names(archive) == "decoy a/data.pkl a/version");
    const auto found = kinds(archive);
    for (const auto* kind : {"second_end_record", "comment_holds_archive", "overlap"}) {
        BOOST_TEST(found.find(kind) != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(an_empty_end_record_behind_the_real_one) {
    const auto archive = read(two_members().build() + end_record(0, 0, 0));
    BOOST_TEST(kinds(archive) == "second_end_record");
    BOOST_TEST(names(archive) == "a/data.pkl a/version");
    const auto broken = read(two_members().build() + end_record(7, 500, 3));
    BOOST_TEST(kinds(broken) == "trailing_bytes bad_end_record");
    BOOST_TEST(names(broken) == "a/data.pkl a/version");
}

BOOST_AUTO_TEST_CASE(end_records_of_64_and_32_bits_that_differ) {
    ZipBuilder good = two_members();
    const auto body = good.body();
    const auto directory = good.directory();
    ZipBuilder evil(body + directory);
    evil.add("evil", "payload");
    const auto evil_body = evil.body();
    const auto evil_directory = evil.directory();
    const auto end64 = evil_body.size() + evil_directory.size();
    const auto archive =
        read(evil_body + evil_directory + end64_record(2, directory.size(), body.size()) +
             locator64(end64) + end_record(1, evil_directory.size(), evil_body.size()));
    BOOST_TEST(names(archive) == "a/data.pkl a/version evil");
    BOOST_TEST(kinds(archive).find("bad_zip64") != std::string::npos);
    const auto lost =
        read(body + directory + locator64(3) + end_record(2, directory.size(), body.size()));
    BOOST_TEST(kinds(lost) == "bad_zip64");
}

BOOST_AUTO_TEST_CASE(headers_that_contradict_each_other) {
    const auto with = [](auto change) {
        ZipBuilder zip = two_members();
        change(zip.members()[0]);
        return zip.build();
    };
    using Member = ZipBuilder::Member;
    const auto renamed = read(with([](Member& m) { m.local.name = "a/evil.pkl"; }));
    BOOST_TEST(kinds(renamed) == "header_mismatch_name");
    BOOST_TEST(renamed.entries[0].local_name == "a/evil.pkl");
    BOOST_TEST(kinds(read(with([](Member& m) { m.local.crc = 1; }))) == "header_mismatch_crc");
    BOOST_TEST(kinds(read(with([](Member& m) { m.local.size = 1; }))) == "header_mismatch_size");

    // What each header says of the payload is an entry of its own.
    const auto method = read(with([](Member& m) { m.local.method = 8; }));
    BOOST_TEST(kinds(method) == "header_mismatch_method");
    BOOST_TEST(names(method) == "a/data.pkl -a/data.pkl a/version");
    BOOST_TEST(method.entries[1].method == 8);
    const auto locked = read(with([](Member& m) { m.central.flags = 1; }));
    BOOST_TEST(kinds(locked) == "header_mismatch_flags encrypted");
    BOOST_TEST(names(locked) == "a/data.pkl -a/data.pkl a/version");
    const auto unlocked = read(with([](Member& m) { m.local.flags = 1; }));
    BOOST_TEST(kinds(unlocked) == "header_mismatch_flags");
}

BOOST_AUTO_TEST_CASE(a_member_inside_the_payload_of_another) {
    // Directory readers see one long payload; a reader of local headers sees a short one, and
    // then a second member.
    ZipBuilder hidden;
    hidden.add("evil.pkl", "payload");
    const auto inner = hidden.body();
    ZipBuilder zip;
    auto& member = zip.add("cover", "text" + inner);
    member.local.packed = member.local.size = 4;
    const auto archive = read(zip.build());
    BOOST_TEST(names(archive) == "cover -cover -evil.pkl");
    const auto found = kinds(archive);
    for (const auto* kind : {"header_mismatch_size", "entry_only_local", "overlap"}) {
        BOOST_TEST(found.find(kind) != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(names_twice) {
    ZipBuilder zip = two_members();
    zip.add("a/version", "4\n");
    const auto twice = read(zip.build());
    BOOST_TEST(kinds(twice) == "duplicate_name");
    BOOST_TEST(twice.anomalies[0].offset == twice.entries[2].header_offset);
    zip = two_members();
    zip.add("A\\DATA.pkl", "4\n");
    BOOST_TEST(kinds(read(zip.build())) == "case_twin");
    zip = two_members();
    zip.add("a\0b"s, "4\n");
    BOOST_TEST(kinds(read(zip.build())) == "name_nul");
}

BOOST_AUTO_TEST_CASE(one_payload_under_many_names) {
    ZipBuilder zip = two_members();
    const auto body = zip.body();
    auto record = zip.members()[0].central;
    std::string directory = zip.directory();
    for (int i = 0; i < 5; ++i) {
        record.name = "bomb" + std::to_string(i);
        directory += record.central();
    }
    const auto archive = read(body + directory + end_record(7, directory.size(), body.size()));
    BOOST_TEST(kinds(archive) == "header_mismatch_name overlap");
    BOOST_TEST(archive.entries.size() == 7U);
}

BOOST_AUTO_TEST_CASE(entries_that_lead_nowhere) {
    ZipBuilder zip = two_members();
    zip.members()[1].in_local = false;
    const auto archive = read(zip.build());
    BOOST_TEST(kinds(archive) == "entry_only_central");
    BOOST_TEST(!archive.entries[1].in_local);
    BOOST_TEST(zip::payload({}, archive.entries[1]).empty());

    zip = two_members();
    zip.members()[1].local.packed = zip.members()[1].central.packed = 5'000;
    const auto file = zip.build();
    const auto beyond = read(file);
    BOOST_TEST(kinds(beyond) == "overlap data_out_of_bounds");
    const auto cut = zip::payload(as_bytes(file), beyond.entries[1]);
    BOOST_TEST(cut.size() == file.size() - beyond.entries[1].data_offset);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read) {
    const auto with = [](std::uint16_t flags, std::uint16_t method) {
        ZipBuilder zip = two_members();
        auto& member = zip.members()[0];
        member.local.flags = member.central.flags = flags;
        member.local.method = member.central.method = method;
        return kinds(read(zip.build()));
    };
    BOOST_TEST(with(0x0001, 8) == "encrypted");
    BOOST_TEST(with(0x0041, 8) == "encrypted");
    BOOST_TEST(with(0x0000, 99) == "encrypted");
    BOOST_TEST(with(0x0000, 14) == "odd_method");
    BOOST_TEST(with(0x0800, 8) == "");
}

BOOST_AUTO_TEST_CASE(descriptors_that_lie) {
    ZipBuilder zip = two_members();
    stream(zip.members()[0], false, true);
    zip.members()[0].descriptor[4] ^= 1;
    BOOST_TEST(kinds(read(zip.build())) == "bad_descriptor");
    zip.members()[0].descriptor.clear();
    BOOST_TEST(kinds(read(zip.build())) == "bad_descriptor");
}

BOOST_AUTO_TEST_CASE(unicode_paths) {
    const auto with = [](const std::string& header, const std::string& unicode) {
        ZipBuilder zip;
        zip.add(header, "x").central.extra =
            extra_part(0x7075, "\1" + little(crc_of(header), 4) + unicode);
        return zip.build();
    };
    auto file = with("caf\x82.txt", "caf\xc3\xa9.txt");
    BOOST_TEST(kinds(read(file)) == "");
    BOOST_TEST(read(file).entries[0].unicode_name == "caf\xc3\xa9.txt");
    file = with("readme.md", "data.pkl");
    BOOST_TEST(kinds(read(file)) == "unicode_name_differs");
    BOOST_TEST(read(with("same", "same")).entries[0].unicode_name == "");
}

BOOST_AUTO_TEST_CASE(broken_extra_fields) {
    ZipBuilder zip = two_members();
    zip.members()[0].central.extra = little(0x5455, 2) + little(90, 2) + "abc";
    BOOST_TEST(kinds(read(zip.build())) == "bad_extra");
    zip.members()[0].central.extra = extra_part(1, little(13, 4));
    zip.members()[0].central.size = 0xFFFFFFFF;
    BOOST_TEST(kinds(read(zip.build())) == "header_mismatch_size bad_zip64");
}

BOOST_AUTO_TEST_CASE(several_volumes) {
    ZipBuilder zip = two_members();
    std::string file = zip.build();
    file[file.size() - 18] = 1;
    BOOST_TEST(kinds(read(file)) == "multi_disk");
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

BOOST_AUTO_TEST_SUITE_END()
