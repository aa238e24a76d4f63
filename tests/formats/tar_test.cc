#include "formats/archive/tar.h"

#include <boost/test/unit_test.hpp>
#include <cstdio>

using namespace pratique;
using tar::AnomalyKind;
using tar::Archive;
using tar::EntryType;
using tar::Range;

namespace {

using namespace std::string_literals;

// One header block as text fields; what a test does not set is what an ordinary writer writes.
struct Header {
    std::string name = "m.bin";
    char type = '0';
    std::string size;  // the field itself; of the data when empty
    std::string link = {};
    std::string magic = "ustar\00000"s;
    std::string prefix = {};
    int checksum_off_by = 0;
};

std::string octal(std::uint64_t value, int digits) {
    char text[32];
    std::snprintf(text, sizeof text, "%0*llo", digits, static_cast<unsigned long long>(value));
    return text;
}

void put(std::string& block, std::size_t at, const std::string& field) {
    block.replace(at, field.size(), field);
}

std::string checked(std::string block, int off_by = 0) {
    put(block, 148, "        ");
    unsigned sum = 0;
    for (const char c : block) sum += static_cast<unsigned char>(c);
    put(block, 148, octal(sum + static_cast<unsigned>(off_by), 6) + "\0 "s);
    return block;
}

std::string header(const Header& h, std::size_t data_size) {
    std::string block(512, '\0');
    put(block, 0, h.name);
    put(block, 100, "0000644");
    put(block, 108, "0001750");
    put(block, 116, "0001750");
    put(block, 124, h.size.empty() ? octal(data_size, 11) : h.size);
    put(block, 136, "14000000000");
    block[156] = h.type;
    put(block, 157, h.link);
    put(block, 257, h.magic);
    put(block, 345, h.prefix);
    return checked(block, h.checksum_off_by);
}

std::string padded(std::string data) {
    data.resize((data.size() + 511) / 512 * 512, '\0');
    return data;
}

std::string member(const Header& h, const std::string& data = "") {
    return header(h, data.size()) + padded(data);
}

std::string pax(const std::string& key, const std::string& value) {
    std::size_t size = key.size() + value.size() + 3;
    size += std::to_string(size + 2).size();
    return std::to_string(size) + " " + key + "=" + value + "\n";
}

std::string pax_member(const std::string& records, char type = 'x') {
    return member({.name = "PaxHeaders/m", .type = type, .size = {}}, records);
}

const std::string kEnd(1024, '\0');

Archive read(const std::string& bytes) { return tar::read(as_bytes(bytes), Limits{}); }

std::string data_of(const std::string& bytes, const tar::Entry& entry) {
    return std::string(text(slice(as_bytes(bytes), entry.data_offset, entry.size)));
}

bool has(const Archive& archive, AnomalyKind kind, std::uint64_t offset) {
    for (const tar::Anomaly& anomaly : archive.anomalies) {
        if (anomaly.kind == kind && anomaly.offset == offset) return true;
    }
    return false;
}

void check_plain(const Archive& archive) {
    BOOST_TEST(!archive.error);
    BOOST_TEST(archive.anomalies.empty());
    BOOST_TEST(archive.unclaimed.empty());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tar_format)

BOOST_AUTO_TEST_CASE(ordinary_members_of_each_dialect) {
    for (const std::string& magic : {"ustar\00000"s, "ustar  \0"s, ""s}) {
        const std::string bytes =
            member({.name = "d/", .type = '5', .size = {}, .magic = magic}) +
            member({.name = "d/a", .size = {}, .magic = magic}, "12345") +
            member({.name = "l", .type = '2', .size = {}, .link = "d/a", .magic = magic}) +
            member({.name = "h", .type = '1', .size = {}, .link = "d/a", .magic = magic}) + kEnd;
        BOOST_TEST(tar::recognise(as_bytes(bytes)));
        const Archive archive = read(bytes);
        check_plain(archive);
        BOOST_REQUIRE(archive.entries.size() == 4U);
        BOOST_TEST((archive.entries[0].type == EntryType::directory));
        BOOST_TEST(archive.entries[1].name == "d/a");
        BOOST_TEST(archive.entries[1].header_offset == 512U);
        BOOST_TEST(data_of(bytes, archive.entries[1]) == "12345");
        BOOST_TEST((archive.entries[2].type == EntryType::symbolic_link));
        BOOST_TEST(archive.entries[2].link == "d/a");
        BOOST_TEST((archive.entries[3].type == EntryType::hard_link));
    }
}

BOOST_AUTO_TEST_CASE(recognition_needs_a_magic_or_a_whole_v7_header) {
    const std::string v7 = member({.size = {}, .magic = ""}, "x");
    BOOST_TEST(tar::recognise(as_bytes(v7)));
    BOOST_TEST(!tar::recognise(as_bytes(v7).first(511)));
    BOOST_TEST(!tar::recognise(as_bytes(std::string(512, '\0'))));
    BOOST_TEST(!tar::recognise(as_bytes(member({.size = {}, .magic = "", .checksum_off_by = 1}))));
    BOOST_TEST(!tar::recognise(as_bytes(member({.size = "size?", .magic = ""}))));
    BOOST_TEST(!tar::recognise(as_bytes(member({.type = 'Z', .size = {}, .magic = ""}))));
}

BOOST_AUTO_TEST_CASE(the_prefix_belongs_to_posix_names_only) {
    const Archive posix = read(member({.name = "b", .size = {}, .prefix = "../a"}) + kEnd);
    BOOST_TEST(posix.entries.at(0).name == "../a/b");
    check_plain(posix);
    const Archive gnu =
        read(member({.name = "b", .size = {}, .magic = "ustar  \0"s, .prefix = "../a"}) + kEnd);
    BOOST_TEST(gnu.entries.at(0).name == "b");
    BOOST_TEST(has(gnu, AnomalyKind::prefix_disputed, 0));
}

BOOST_AUTO_TEST_CASE(pax_and_long_names_override_the_header) {
    const std::string bytes =
        pax_member(pax("path", "n/ew") + pax("linkpath", "/etc/passwd") + pax("mtime", "1.5")) +
        member({.type = '2', .size = {}, .link = "old"}) +
        member({.name = "././@LongLink", .type = 'L', .size = {}}, std::string(300, 'a') + "\0"s) +
        member({.name = "././@LongLink", .type = 'K', .size = {}}, "target\0"s) +
        member({.type = '2', .size = {}}) + member({.name = "last", .size = {}}) + kEnd;
    const Archive archive = read(bytes);
    check_plain(archive);
    BOOST_REQUIRE(archive.entries.size() == 3U);
    BOOST_TEST(archive.entries[0].name == "n/ew");
    BOOST_TEST(archive.entries[0].link == "/etc/passwd");
    BOOST_TEST(archive.entries[1].name == std::string(300, 'a'));
    BOOST_TEST(archive.entries[1].link == "target");
    BOOST_TEST(archive.entries[2].name == "last");
}

BOOST_AUTO_TEST_CASE(a_global_header_holds_until_a_local_one) {
    const std::string bytes = pax_member(pax("path", "all"), 'g') + member({.size = {}}) +
                              pax_member(pax("path", "one")) + member({.size = {}}) +
                              member({.size = {}}) + kEnd;
    const Archive archive = read(bytes);
    check_plain(archive);
    BOOST_TEST(archive.entries.at(0).name == "all");
    BOOST_TEST(archive.entries.at(1).name == "one");
    BOOST_TEST(archive.entries.at(2).name == "all");
}

BOOST_AUTO_TEST_CASE(two_different_overrides_are_a_conflict_and_the_later_wins) {
    const Archive twice =
        read(pax_member(pax("path", "a") + pax("path", "b")) + member({.size = {}}) + kEnd);
    BOOST_TEST(twice.entries.at(0).name == "b");
    BOOST_TEST(has(twice, AnomalyKind::name_override_conflict, 0));
    const Archive mixed = read(member({.type = 'L', .size = {}}, "long\0"s) +
                               pax_member(pax("path", "pax")) + member({.size = {}}) + kEnd);
    BOOST_TEST(mixed.entries.at(0).name == "pax");
    BOOST_TEST(has(mixed, AnomalyKind::name_override_conflict, 1024));
    check_plain(
        read(pax_member(pax("path", "a") + pax("path", "a")) + member({.size = {}}) + kEnd));
}

BOOST_AUTO_TEST_CASE(a_pax_size_that_differs_is_read_both_ways) {
    // By the PAX size the inner archive is data; by the header's size it is the next members.
    const std::string inner = member({.name = "hidden", .size = {}}, "payload");
    const std::string bytes = pax_member(pax("size", std::to_string(inner.size()))) +
                              member({.name = "outer", .size = "00000000000"}) + inner +
                              member({.name = "after", .size = {}}) + kEnd;
    const Archive archive = read(bytes);
    BOOST_TEST(!archive.error);
    BOOST_TEST(has(archive, AnomalyKind::size_override_conflict, 1024));
    BOOST_REQUIRE(archive.entries.size() == 3U);
    BOOST_TEST(archive.entries[0].size == inner.size());
    BOOST_TEST(archive.entries[1].name == "after");
    BOOST_TEST(archive.entries[2].name == "hidden");
    BOOST_TEST(data_of(bytes, archive.entries[2]) == "payload");
}

BOOST_AUTO_TEST_CASE(broken_extensions_are_said_and_their_bytes_unclaimed) {
    for (const std::string& records : {"9 path=ab"s, "x path=a\n"s, "99 path=a\n"s, "0 path=a\n"s,
                                       "8 path a\n"s, "99999999999999999999999 a=b\n"s}) {
        BOOST_TEST_CONTEXT(records) {
            const std::string good = pax("path", "kept");
            const Archive archive = read(pax_member(good + records) + member({.size = {}}) + kEnd);
            BOOST_TEST(archive.entries.at(0).name == "kept");
            BOOST_TEST(has(archive, AnomalyKind::bad_extension, 512 + good.size()));
            BOOST_TEST(
                (archive.unclaimed ==
                 std::vector<Range>{{512 + good.size(), 512 + good.size() + records.size()}}));
        }
    }
    const Archive size = read(pax_member(pax("size", "-1")) + member({.size = {}}) + kEnd);
    BOOST_TEST((size.error == Error{Errc::bad_number, 512}));
    const Archive name =
        read(member({.type = 'L', .size = {}}, "n\0cos\n"s) + member({.size = {}}) + kEnd);
    BOOST_TEST(name.entries.at(0).name == "n");
    BOOST_TEST((name.unclaimed == std::vector<Range>{{513, 518}}));
    const Archive dangling = read(pax_member(pax("path", "a")) + kEnd);
    BOOST_TEST(has(dangling, AnomalyKind::dangling_extension, 1024));
}

BOOST_AUTO_TEST_CASE(sizes_in_base_256) {
    const std::string five = "\x80"s + std::string(10, '\0') + "\5";
    const std::string bytes = member({.size = five}, "12345") + kEnd;
    check_plain(read(bytes));
    BOOST_TEST(read(bytes).entries.at(0).size == 5U);

    const Archive negative = read(member({.size = std::string(12, '\xff')}) + kEnd);
    BOOST_TEST((negative.error == Error{Errc::negative_length, 0}));
    BOOST_TEST(has(negative, AnomalyKind::negative_size, 0));
    const std::string huge = "\x80"s + std::string(11, '\x7f');
    BOOST_TEST((read(member({.size = huge}) + kEnd).error == Error{Errc::overflow, 0}));
}

BOOST_AUTO_TEST_CASE(sizes_that_are_no_numbers) {
    for (const std::string& size : {"0o17"s, "1_0"s, "12 34"s, "8"s, "+7"s}) {
        BOOST_TEST_CONTEXT(size) {
            const std::string bytes =
                member({.size = size}, "data") + member({.name = "next", .size = {}}) + kEnd;
            const Archive archive = read(bytes);
            BOOST_TEST((archive.error == Error{Errc::bad_number, 0}));
            BOOST_TEST(archive.entries.at(1).name == "next");
            BOOST_TEST((archive.unclaimed == std::vector<Range>{{512, 1024}}));
        }
    }
    check_plain(read(member({.size = "      5 "}, "12345") + kEnd));
}

BOOST_AUTO_TEST_CASE(a_size_past_the_end_keeps_what_is_there) {
    const std::string bytes = member({.name = "a", .size = {}}, "1") +
                              member({.name = "b", .size = "77777777777"}, "payload") + kEnd;
    const Archive archive = read(bytes);
    BOOST_TEST((archive.error == Error{Errc::truncated, 1536}));
    BOOST_REQUIRE(archive.entries.size() == 2U);
    BOOST_TEST(archive.entries[1].size == bytes.size() - 1536);
    // The largest size of all must not wrap around.
    const std::string most = "\x80\0\0\0"s + std::string(8, '\xff');
    BOOST_TEST((read(member({.size = most}) + kEnd).error == Error{Errc::truncated, 512}));
}

BOOST_AUTO_TEST_CASE(every_truncation_is_safe_and_noticed) {
    const std::string bytes = pax_member(pax("path", "p")) + member({.size = {}}, "12345") +
                              member({.name = "b", .size = {}}, "1") + kEnd;
    for (std::size_t size = 1; size < bytes.size() - 1024; ++size) {
        const Archive archive = tar::read(as_bytes(bytes).first(size), Limits{});
        BOOST_TEST_CONTEXT(size) { BOOST_TEST((archive.error || !archive.anomalies.empty())); }
    }
}

BOOST_AUTO_TEST_CASE(a_link_with_a_size_is_read_both_ways) {
    // Without data the next header is at 512; with it, at 1024.
    const std::string bytes = member({.name = "l", .type = '2', .size = "00000001000"}) +
                              member({.name = "hidden", .size = "00000002000"}) +
                              member({.name = "next", .size = {}}, "x") + kEnd;
    const Archive archive = read(bytes);
    BOOST_TEST(!archive.error);
    BOOST_TEST(has(archive, AnomalyKind::size_on_link, 0));
    BOOST_TEST((archive.unclaimed == std::vector<Range>{{512, 1024}}));
    BOOST_REQUIRE(archive.entries.size() == 3U);
    BOOST_TEST(archive.entries[1].name == "hidden");
    BOOST_TEST(archive.entries[2].name == "next");

    // Data that is no header is no damage: it is what one of the readings says it is.
    const std::string data = header({.type = '5', .size = "00000000004"}, 0) + padded("abcd") +
                             member({.name = "next", .size = {}}) + kEnd;
    const Archive directory = read(data);
    BOOST_TEST(!directory.error);
    BOOST_TEST((directory.unclaimed == std::vector<Range>{{512, 1024}}));
    BOOST_TEST(directory.entries.at(1).name == "next");
}

BOOST_AUTO_TEST_CASE(disagreements_cost_no_more_than_a_fixed_number_of_readings) {
    std::string bytes;
    for (int i = 0; i < 200; ++i) {
        bytes += member({.type = '2', .size = "00000001000"}) + member({.size = {}}, "x");
    }
    const Archive archive = read(bytes + kEnd);
    BOOST_TEST(archive.entries.size() == 400U);
    BOOST_TEST((archive.error && archive.error->code == Errc::limit_members));
}

BOOST_AUTO_TEST_CASE(what_follows_the_end_is_read_too) {
    const std::string first = member({.name = "a", .size = {}}) + kEnd;
    const std::string second = member({.name = "b", .size = {}}, "x") + kEnd;
    const Archive two = read(first + kEnd + second);
    BOOST_TEST(!two.error);
    BOOST_TEST(two.entries.at(1).name == "b");
    BOOST_TEST(has(two, AnomalyKind::second_archive, first.size() + kEnd.size()));

    const Archive data = read(first + "payload" + std::string(505, '\0') + second);
    BOOST_TEST(has(data, AnomalyKind::data_after_end, first.size()));
    BOOST_TEST((data.unclaimed == std::vector<Range>{{first.size(), first.size() + 512}}));
    BOOST_TEST(data.entries.size() == 2U);

    const Archive tail = read(first + "tail");
    BOOST_TEST(!tail.error);
    BOOST_TEST((tail.unclaimed == std::vector<Range>{{first.size(), first.size() + 4}}));
    BOOST_TEST(has(read(member({.size = {}}, "x")), AnomalyKind::missing_end, 1024));
}

BOOST_AUTO_TEST_CASE(a_wrong_checksum_is_an_error_and_reading_goes_on_behind_it) {
    const std::string bytes = member({.name = "a", .size = {}}) +
                              member({.name = "b", .size = {}, .checksum_off_by = 1}, "x") +
                              member({.name = "c", .size = {}}) + kEnd;
    const Archive archive = read(bytes);
    BOOST_TEST((archive.error == Error{Errc::bad_checksum, 512}));
    BOOST_TEST(has(archive, AnomalyKind::bad_checksum, 512));
    BOOST_TEST((archive.unclaimed == std::vector<Range>{{512, 1536}}));
    BOOST_REQUIRE(archive.entries.size() == 2U);
    BOOST_TEST(archive.entries[1].name == "c");
}

BOOST_AUTO_TEST_CASE(a_checksum_of_signed_bytes_is_right_too) {
    std::string block = header({.name = "\xe4\xf6\xfc", .size = {}}, 0);
    const int sum = std::stoi(block.substr(148, 6), nullptr, 8) - 3 * 256;
    put(block, 148, octal(static_cast<unsigned>(sum), 6));
    check_plain(read(block + kEnd));
}

BOOST_AUTO_TEST_CASE(padding_belongs_to_nobody) {
    std::string bytes = member({.size = {}}, "x") + kEnd;
    put(bytes, 520, "cos\nsystem");
    const Archive archive = read(bytes);
    BOOST_TEST(has(archive, AnomalyKind::non_zero_padding, 513));
    BOOST_TEST((archive.unclaimed == std::vector<Range>{{513, 1024}}));
}

BOOST_AUTO_TEST_CASE(old_sparse_members) {
    std::string block = header({.type = 'S', .size = {}, .magic = "ustar  \0"s}, 3);
    put(block, 386, octal(0, 11) + "\0"s + octal(3, 11));
    put(block, 483, octal(1000, 11));
    block[482] = 1;
    std::string more(512, '\0');
    const std::string bytes = checked(block) + more + padded("abc") + kEnd;
    const Archive archive = read(bytes);
    BOOST_TEST(!archive.error);
    BOOST_TEST((archive.entries.at(0).type == EntryType::sparse));
    BOOST_TEST(data_of(bytes, archive.entries.at(0)) == "abc");
    BOOST_TEST(has(archive, AnomalyKind::sparse, 0));

    put(block, 483, octal(2, 11));  // smaller than its last piece
    const Archive small = read(checked(block) + more + padded("abc") + kEnd);
    BOOST_TEST(has(small, AnomalyKind::sparse_mismatch, 0));
    BOOST_TEST((small.error == Error{Errc::size_mismatch, 0}));

    more[504] = 1;  // a chain of map blocks that never ends
    BOOST_TEST((read(checked(block) + more).error == Error{Errc::truncated, 512}));

    const Archive posix =
        read(pax_member(pax("GNU.sparse.name", "real") + pax("GNU.sparse.major", "1")) +
             member({.size = {}}, "0\n") + kEnd);
    BOOST_TEST((posix.entries.at(0).type == EntryType::sparse));
    BOOST_TEST(posix.entries.at(0).name == "real");
}

BOOST_AUTO_TEST_CASE(members_and_extensions_are_limited) {
    std::string bytes;
    for (int i = 0; i < 4; ++i) bytes += member({.size = {}});
    Limits limits;
    limits.members = 3;
    const Archive archive = tar::read(as_bytes(bytes + kEnd), limits);
    BOOST_TEST(archive.entries.size() == 3U);
    BOOST_TEST((archive.error == Error{Errc::limit_members, 1536}));

    const std::string big = pax_member(pax("comment", std::string(kMiB, 'x')));
    const Archive extension = read(big + member({.size = {}}) + kEnd);
    BOOST_TEST((extension.error == Error{Errc::limit_bytes, 0}));
    BOOST_TEST(extension.entries.size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
