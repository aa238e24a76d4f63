#include <boost/test/unit_test.hpp>

#include "formats/archive/zip.h"
#include "zip_reading.h"

using namespace pratique;
using namespace pratique::test;
using namespace std::string_literals;

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

BOOST_AUTO_TEST_CASE(an_archive_that_is_cut_off_hides_nothing) {
    ZipBuilder zip = two_members();
    stream(zip.members()[0], false, true);
    const auto file = zip.build();
    for (std::size_t length = 4; length < file.size(); ++length) {
        const auto archive = read(file.substr(0, length));
        BOOST_TEST_CONTEXT(length) {
            BOOST_TEST((archive.error == Error{Errc::truncated, length}));
            BOOST_TEST((kinds(archive).empty() || kinds(archive) == "data_out_of_bounds"));
        }
    }
    BOOST_TEST(kinds(read("junk" + file.substr(0, file.size() - 1))) == "prefix_bytes");
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
    BOOST_TEST(archive.anomalies[0].offset == archive.entries[1].record_offset);

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
    BOOST_TEST(kinds(read(with("my_data.pkl.txt", "data.pkl"))) == "unicode_name_differs");
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
