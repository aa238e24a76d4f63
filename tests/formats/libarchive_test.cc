#include "formats/archive/libarchive.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <functional>

using namespace pratique;
using pratique::archive::Foreign;
using pratique::archive::ForeignKind;
using pratique::archive::ForeignType;
using pratique::archive::read_foreign;
using pratique::archive::recognise_foreign;

namespace {

using namespace std::string_literals;

struct Member {
    std::string name;
    std::string data;
    unsigned type = AE_IFREG;
    std::string link = {};
};

// An archive by libarchive's own writer.
std::string written(const std::function<int(struct archive*)>& format,
                    const std::vector<Member>& members, const char* options = nullptr) {
    std::string out(16 * kMiB, '\0');
    std::size_t used = 0;
    struct archive* a = archive_write_new();
    BOOST_REQUIRE(format(a) == ARCHIVE_OK);
    if (options != nullptr) BOOST_REQUIRE(archive_write_set_options(a, options) == ARCHIVE_OK);
    archive_write_set_bytes_per_block(a, 0);
    BOOST_REQUIRE(archive_write_open_memory(a, out.data(), out.size(), &used) == ARCHIVE_OK);
    for (const Member& member : members) {
        struct archive_entry* entry = archive_entry_new();
        archive_entry_set_pathname(entry, member.name.c_str());
        archive_entry_set_filetype(entry, member.type);
        archive_entry_set_perm(entry, 0644);
        archive_entry_set_size(entry, static_cast<la_int64_t>(member.data.size()));
        if (!member.link.empty()) archive_entry_set_symlink(entry, member.link.c_str());
        BOOST_REQUIRE(archive_write_header(a, entry) == ARCHIVE_OK);
        archive_write_data(a, member.data.data(), member.data.size());
        archive_entry_free(entry);
    }
    archive_write_close(a);
    archive_write_free(a);
    out.resize(used);
    return out;
}

std::string le(std::uint64_t value, int bytes) {
    std::string out;
    for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
    return out;
}

std::uint32_t crc(const std::string& data) {
    return static_cast<std::uint32_t>(
        crc32(0, reinterpret_cast<const Bytef*>(data.data()), static_cast<uInt>(data.size())));
}

// rar5: crc32 | vint size | vint type | vint flags | … ; every number here fits one vint byte.
std::string rar5_block(const std::string& body) {
    const std::string sized = le(body.size(), 1) + body;
    return le(crc(sized), 4) + sized;
}

std::string rar5(const std::string& name, const std::string& data) {
    const std::string file = "\2\2"s + le(data.size(), 1) +  // file header, data area
                             "\4"s + le(data.size(), 1) +    // has a crc; unpacked size
                             "\0"s + le(crc(data), 4) +      // attributes, crc
                             "\0\1"s +                       // stored, made on Unix
                             le(name.size(), 1) + name;
    return "Rar!\x1a\x07\x01\x00"s + rar5_block("\1\0\0"s) + rar5_block(file) + data +
           rar5_block("\5\0\0"s);
}

// rar4: crc16 | type | flags | size | … ; the crc is the lower half of the header's crc32.
std::string rar4_block(const std::string& body) { return le(crc(body) & 0xFFFF, 2) + body; }

std::string rar4(const std::string& name, const std::string& data) {
    const std::string file = "\x74"s + le(0x8000, 2) + le(32 + name.size(), 2) +
                             le(data.size(), 4) + le(data.size(), 4) + "\3"s + le(crc(data), 4) +
                             le(0x58210000, 4) + "\x14\x30"s + le(name.size(), 2) + le(0100644, 4) +
                             name;
    return "Rar!\x1a\x07\x00"s + rar4_block("\x73"s + le(0, 2) + le(13, 2) + std::string(6, '\0')) +
           rar4_block(file) + data + rar4_block("\x7b"s + le(0x4000, 2) + le(7, 2));
}

const std::vector<Member> kMembers{{"model/data.pkl", "cos\nsystem\n(S'true'\ntR."},
                                   {"model/zeros", std::string(5000, '\0')}};

std::string seven_zip(const char* options = nullptr,
                      const std::vector<Member>& members = kMembers) {
    return written(archive_write_set_format_7zip, members, options);
}

std::string str(const pratique::archive::ForeignEntry& entry) {
    return std::string(text(entry.bytes));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(libarchive)

BOOST_AUTO_TEST_CASE(what_libarchive_writes_is_read_back) {
    struct Row {
        ForeignKind kind;
        std::string bytes;
    };
    const std::vector<Row> rows{
        {ForeignKind::seven_zip, seven_zip("7zip:compression=lzma2")},
        {ForeignKind::seven_zip, seven_zip("7zip:compression=ppmd")},
        {ForeignKind::seven_zip, seven_zip("7zip:compression=store")},
        {ForeignKind::cpio, written(archive_write_set_format_cpio_newc, kMembers)},
        {ForeignKind::cpio, written(archive_write_set_format_cpio_odc, kMembers)}};
    for (const Row& row : rows) {
        BOOST_TEST_CONTEXT(pratique::archive::name(row.kind) << " of " << row.bytes.size()) {
            BOOST_TEST((recognise_foreign(as_bytes(row.bytes)) == row.kind));
            const Foreign foreign = read_foreign(as_bytes(row.bytes), Limits{});
            BOOST_TEST(!foreign.error);
            BOOST_REQUIRE(foreign.entries.size() == kMembers.size());
            for (std::size_t i = 0; i < kMembers.size(); ++i) {
                BOOST_TEST(foreign.entries[i].name == kMembers[i].name);
                BOOST_TEST((str(foreign.entries[i]) == kMembers[i].data));
                BOOST_TEST((foreign.entries[i].type == ForeignType::file));
            }
            BOOST_TEST(foreign.end.value_or(0) == row.bytes.size());
        }
    }
}

BOOST_AUTO_TEST_CASE(rar_and_ar_are_read) {
    const std::string data = "cos\nsystem\n(S'true'\ntR.";
    for (const std::string& bytes : {rar5("m.pkl", data), rar4("m.pkl", data),
                                     written(archive_write_set_format_ar_bsd, {{"m.pkl", data}})}) {
        const auto kind = recognise_foreign(as_bytes(bytes));
        BOOST_REQUIRE(kind.has_value());
        BOOST_TEST_CONTEXT(pratique::archive::name(*kind)) {
            const Foreign foreign = read_foreign(as_bytes(bytes), Limits{});
            BOOST_TEST(!foreign.error);
            BOOST_REQUIRE(foreign.entries.size() == 1U);
            BOOST_TEST(foreign.entries[0].name == "m.pkl");
            BOOST_TEST((foreign.entries[0].type == ForeignType::file));
            BOOST_TEST(str(foreign.entries[0]) == data);
            BOOST_TEST(foreign.end.value_or(0) == bytes.size());
        }
    }
}

BOOST_AUTO_TEST_CASE(links_keep_their_target) {
    const std::string bytes = written(archive_write_set_format_cpio_newc,
                                      {{"l", "", AE_IFLNK, "../../etc"}, {"d", "", AE_IFDIR}});
    const Foreign foreign = read_foreign(as_bytes(bytes), Limits{});
    BOOST_REQUIRE(foreign.entries.size() == 2U);
    BOOST_TEST((foreign.entries[0].type == ForeignType::symbolic_link));
    BOOST_TEST(foreign.entries[0].link == "../../etc");
    BOOST_TEST((foreign.entries[1].type == ForeignType::directory));
}

BOOST_AUTO_TEST_CASE(other_bytes_are_not_read) {
    BOOST_TEST(!recognise_foreign(as_bytes("PK\3\4")).has_value());
    BOOST_TEST((read_foreign(as_bytes("PK\3\4"), Limits{}).error == Error{Errc::bad_magic, 0}));
}

BOOST_AUTO_TEST_CASE(limits_hold_over_all_members_together) {
    const std::string bytes =
        seven_zip(nullptr, {{"a", std::string(40'000, 'a')}, {"b", std::string(40'000, 'b')}});
    Limits limits;
    limits.inflated_bytes = 80'000;
    BOOST_TEST(!read_foreign(as_bytes(bytes), limits).error);
    limits.inflated_bytes = 79'999;
    const Foreign cut = read_foreign(as_bytes(bytes), limits);
    BOOST_REQUIRE(cut.error.has_value());
    BOOST_TEST((cut.error->code == Errc::limit_bytes));
    BOOST_REQUIRE(cut.entries.size() == 2U);
    BOOST_TEST(cut.entries[1].bytes.size() == 39'999U);

    limits = {};
    limits.ratio_floor = 50'000;
    const Foreign bomb = read_foreign(as_bytes(bytes), limits);
    BOOST_TEST((bomb.error && bomb.error->code == Errc::limit_ratio));
    limits = {};
    limits.members = 1;
    const Foreign many = read_foreign(as_bytes(bytes), limits);
    BOOST_TEST((many.error && many.error->code == Errc::limit_members));
    BOOST_TEST(many.entries.size() == 1U);
}

BOOST_AUTO_TEST_CASE(every_truncation_is_noticed) {
    for (const std::string& bytes :
         {seven_zip(), rar5("m", "data"), rar4("m", "data"),
          written(archive_write_set_format_cpio_newc, {{"m", "some data"}})}) {
        const auto kind = recognise_foreign(as_bytes(bytes));
        BOOST_REQUIRE(kind.has_value());
        // Old rar has no end block; cpio's trailer has nothing behind it that anyone misses.
        const std::string whole = "data";
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            const Foreign foreign = read_foreign(as_bytes(bytes).first(size), Limits{});
            const bool may_end = *kind == ForeignKind::rar4 || *kind == ForeignKind::cpio;
            const bool complete =
                may_end && !foreign.entries.empty() && str(foreign.entries.back()).ends_with(whole);
            BOOST_TEST_CONTEXT(pratique::archive::name(*kind) << " cut to " << size) {
                BOOST_TEST((foreign.error || complete));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(damage_is_an_error_of_its_entry) {
    std::string bytes = seven_zip("7zip:compression=store");
    bytes[40] ^= 1;
    const Foreign foreign = read_foreign(as_bytes(bytes), Limits{});
    BOOST_REQUIRE(foreign.error.has_value());
    BOOST_TEST((foreign.error->code == Errc::bad_checksum));
}

// libarchive ends the process over a name it cannot convert if errno is ENOMEM at that time.
BOOST_AUTO_TEST_CASE(an_old_errno_does_no_harm) {
    std::string bytes = written(archive_write_set_format_cpio_newc, {{"name", "data"}});
    bytes.replace(bytes.find("name"), 4, "\xf0\xf0\xf0\xf0");
    errno = ENOMEM;
    const Foreign foreign = read_foreign(as_bytes(bytes), Limits{});
    BOOST_TEST(!foreign.error);
    BOOST_TEST(foreign.entries.at(0).name == "\xf0\xf0\xf0\xf0");
}

// A process that may open nothing, as the locked-down child may not, reads all the same: names
// beyond ASCII need the locale, which warm_up_foreign() has loaded.
BOOST_AUTO_TEST_CASE(nothing_is_opened_after_the_warm_up) {
    const std::string bytes = seven_zip("7zip:compression=store", {{"model-X.pkl", "data"}});
    std::string wide = bytes;
    const auto at = wide.find("X\0.\0"s);
    BOOST_REQUIRE(at != std::string::npos);
    // Writing U+65E5 in place of X changes the end header, whose checksums follow.
    wide.replace(at, 2, "\xe5\x65");
    const std::uint64_t offset = 4;  // the stored data
    const std::string end_header = wide.substr(32 + offset);
    wide.replace(28, 4, le(crc(end_header), 4));
    wide.replace(8, 4, le(crc(wide.substr(12, 20)), 4));

    pratique::archive::warm_up_foreign();
    const pid_t child = fork();
    if (child == 0) {
        const rlimit none{0, 0};
        setrlimit(RLIMIT_NOFILE, &none);
        const Foreign foreign = read_foreign(as_bytes(wide), Limits{});
        const bool good = !foreign.error && foreign.entries.size() == 1 &&
                          foreign.entries[0].name == "model-\xe6\x97\xa5.pkl" &&
                          str(foreign.entries[0]) == "data";
        _exit(good ? 0 : 1);
    }
    int status = -1;
    BOOST_REQUIRE(waitpid(child, &status, 0) == child);
    BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_SUITE_END()
