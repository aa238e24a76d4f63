// Archives and the model files that are ones, scanned whole: what is inside is found under its
// name, what cannot be read is a gap, and nothing grows without bound.
#include <cstdio>

#include "encoders.h"
#include "pickle_builder.h"
#include "scan_support.h"
#include "zip_builder.h"

namespace pratique::scanner {
namespace {

using namespace test;

const std::string kEvil = pickled(call(global("os", "system"), str("true")), 2);
const std::string kGood = pickled("N");

std::string zip_of(const std::vector<std::pair<std::string, std::string>>& members) {
    ZipBuilder zip;
    for (const auto& [name, data] : members) zip.add(name, data);
    return zip.build();
}

/// A tensor's persistent id: ("storage", torch.FloatStorage, key, "cpu", numel).
std::string storage(const std::string& key, std::uint32_t numel,
                    const std::string& cls = global("torch", "FloatStorage")) {
    return tuple(str("storage"), cls, str(key), str("cpu"), num(numel)) + "Q";
}

std::string torch_zip(const std::string& pickle,
                      const std::vector<std::pair<std::string, std::string>>& storages) {
    ZipBuilder zip;
    zip.add("m/data.pkl", pickled(pickle, 2));
    zip.add("m/version", "3\n");
    for (const auto& [key, data] : storages) zip.add("m/data/" + key, data);
    return zip.build();
}

std::string numbers(std::size_t bytes) { return std::string(bytes, '\1'); }

BOOST_AUTO_TEST_SUITE(containers)

BOOST_AUTO_TEST_CASE(members_are_found_under_their_names) {
    const FileReport report =
        test::scan(zip_of({{"in.zip", zip_of({{"a/evil.pkl", kEvil}})}, {"ok.pkl", kGood}}));
    BOOST_TEST(ids(report) == "PRQ-PICKLE-001");
    BOOST_REQUIRE(report.findings.size() == 1);
    BOOST_TEST(report.findings[0].artifact == "in.zip!a/evil.pkl");
    BOOST_TEST(identities(report) == "zip");
    BOOST_TEST(verdict_of(test::scan(zip_of({{"ok.pkl", kGood}}))) == "clean");
}

/// As a download leaves it that broke: not understood to its end, and that is all.
BOOST_AUTO_TEST_CASE(a_model_that_is_cut_off_is_incomplete) {
    const std::string model = torch_zip(call(global("torch._utils", "_rebuild_tensor_v2"),
                                             storage("0", 16) + num(0) + "(K\x10t(K\1t\x89N"),
                                        {{"0", numbers(64)}});
    const std::string evil = torch_zip(call(global("os", "system"), str("true")), {});
    BOOST_TEST(verdict_of(test::scan(model)) == "clean");
    const auto storage_at = model.find(numbers(64));
    for (std::size_t length = storage_at; length < model.size(); ++length) {
        const FileReport report = test::scan(model.substr(0, length));
        BOOST_TEST(verdict_of(report) == "incomplete", length << ": " << ids(report));
    }
    for (std::size_t length = evil.find("m/version"); length < evil.size(); ++length) {
        BOOST_TEST(verdict_of(test::scan(evil.substr(0, length))) == "malicious", length);
    }
}

/// The last end record of a broken download may be that of an archive among its members, which
/// zipfile then opens instead.
BOOST_AUTO_TEST_CASE(an_archive_in_one_that_is_cut_off_is_looked_into) {
    const auto cut = [](const std::string& name, const std::string& inner, bool locked) {
        ZipBuilder zip;
        zip.add("a/data.pkl", pickled(storage("0", 1), 2));
        zip.add(name, inner);
        if (locked) zip.members()[1].local.flags = 1;
        zip.add("last", numbers(500));
        const std::string file = zip.build();
        return file.substr(0, file.find(numbers(500)) + 100);
    };
    const std::string good = zip_of({{"ok.pkl", kGood}});
    const std::string evil = zip_of({{"evil.pkl", kEvil}});
    const FileReport report = test::scan(cut("policy.pth", good, false));
    BOOST_TEST(verdict_of(report) == "incomplete", ids(report));
    for (const char* name : {"policy.pth", "config.json", "a/data/0", "a/b.pkl", "a/code/x.py",
                             "a/version", "folder/"}) {
        for (const bool locked : {false, true}) {
            for (const std::string& front : {std::string(), kGood}) {
                BOOST_TEST(verdict_of(test::scan(cut(name, front + evil, locked))) == "malicious",
                           name << locked << front.size());
            }
        }
    }
}

/// That is for archives without any directory, not for one that breaks off.
BOOST_AUTO_TEST_CASE(a_directory_that_breaks_off_excuses_nothing) {
    std::string model = torch_zip(call(global("torch._utils", "_rebuild_tensor_v2"),
                                       storage("0", 16) + num(0) + "(K\x10t(K\1t\x89N"),
                                  {});
    BOOST_TEST(ids(test::scan(model)) == "PRQ-TORCH-002");
    model.replace(model.rfind("PK\1\2") + 32, 2, "\xff\xff");  // the length of its comment
    const FileReport report = test::scan(model);
    BOOST_TEST(ids(report).find("PRQ-TORCH-002") != std::string::npos, ids(report));
    BOOST_TEST(gaps(report).find("malformed") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(compressed_streams_are_opened) {
    for (const std::string& packed :
         {encode::gzip(kEvil), encode::bzip2(kEvil), encode::xz(kEvil), encode::zstd(kEvil),
          encode::lz4(kEvil), encode::gzip(encode::xz(kEvil))}) {
        const FileReport report = test::scan(packed);
        BOOST_TEST(verdict_of(report) == "malicious", identities(report));
        BOOST_TEST(verdict_of(test::scan(packed.substr(0, packed.size() / 2))) != "clean");
    }
    BOOST_TEST(verdict_of(test::scan(encode::gzip(kGood))) == "clean");
}

BOOST_AUTO_TEST_CASE(depth_and_members_have_limits) {
    std::string nested = kGood;
    for (int i = 0; i < 5; ++i) nested = zip_of({{"in", nested}});
    BOOST_TEST(verdict_of(test::scan(nested)) == "clean");
    Limits limits;
    limits.depth = 3;
    BOOST_TEST(gaps(test::scan(nested, limits)) == "limit");
    limits = {};
    limits.members = 2;
    const FileReport report =
        test::scan(zip_of({{"a", kGood}, {"b", kGood}, {"c", kEvil}}), limits);
    BOOST_TEST(gaps(report).find("limit") != std::string::npos);
    BOOST_TEST(verdict_of(report) != "clean");
}

BOOST_AUTO_TEST_CASE(members_of_all_levels_share_one_limit) {
    const std::string inner = zip_of({{"a", kGood}, {"b", kGood}});
    Limits limits;
    limits.members = 6;
    BOOST_TEST(gaps(test::scan(zip_of({{"x", inner}, {"y", inner}}), limits)).empty());
    limits.members = 5;
    BOOST_TEST(gaps(test::scan(zip_of({{"x", inner}, {"y", inner}}), limits)) == "limit");
}

BOOST_AUTO_TEST_CASE(bombs_stop_at_the_limits) {
    const std::string zeros = std::string(4 << 20, '0');
    Limits limits;
    limits.inflated_bytes = 1 << 20;
    const FileReport report = test::scan(encode::gzip(zeros), limits);
    BOOST_TEST(gaps(report) == "limit");
    BOOST_TEST(ids(report) == "PRQ-ARCHIVE-018");
    BOOST_TEST(verdict_of(test::scan(encode::gzip(zeros))) == "clean");
    // All members together, not each of them.
    ZipBuilder zip;
    for (int i = 0; i < 3; ++i) {
        auto& member = zip.add(std::to_string(i), encode::raw_deflate(zeros));
        for (ZipHeader* header : {&member.local, &member.central}) {
            header->method = 8;
            header->size = zeros.size();
            header->crc = crc_of(zeros);
        }
    }
    limits.inflated_bytes = 10 << 20;
    BOOST_TEST(gaps(test::scan(zip.build(), limits)) == "limit");
    limits.inflated_bytes = 13 << 20;
    BOOST_TEST(gaps(test::scan(zip.build(), limits)).empty());
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_a_gap) {
    ZipBuilder encrypted;
    auto& locked = encrypted.add("a.pkl", kGood);
    locked.local.flags = locked.central.flags = 1;
    BOOST_TEST(gaps(test::scan(encrypted.build())) == "encrypted");
    ZipBuilder odd;
    auto& member = odd.add("a.pkl", kGood);
    member.local.method = member.central.method = 97;
    BOOST_TEST(gaps(test::scan(odd.build())) == "unsupported");
    const std::string whole = zip_of({{"a.pkl", kGood}, {"b.pkl", kGood}});
    // Below three bytes it is the text "PK".
    for (std::size_t size = 3; size < whole.size(); ++size) {
        BOOST_TEST(verdict_of(test::scan(whole.substr(0, size))) != "clean", "cut to " << size);
    }
}

BOOST_AUTO_TEST_CASE(names_that_lead_out_are_found) {
    for (const char* name : {"../x", "/etc/x", "a/../../x", "C:\\x", "..\\x"}) {
        BOOST_TEST(ids(test::scan(zip_of({{name, "words\n"}}))).find("PRQ-ARCHIVE-001") !=
                       std::string::npos,
                   name);
    }
    BOOST_TEST(ids(test::scan(zip_of({{"a/b..c/d", "words\n"}}))).empty());
}

BOOST_AUTO_TEST_CASE(a_payload_between_members_is_found) {
    ZipBuilder zip;
    zip.add("a.txt", "words\n");
    zip.add("b.txt", "words\n").before = kEvil;
    BOOST_TEST(verdict_of(test::scan(zip.build())) == "malicious");
    BOOST_TEST(verdict_of(test::scan(zip_of({{"a", "words\n"}}) + kEvil)) == "malicious");
    BOOST_TEST(verdict_of(test::scan(ZipBuilder(kEvil).build())) == "malicious");
}

// --- tar ---

std::string tar_entry(const std::string& name, const std::string& data, char type = '0',
                      const std::string& link = "") {
    std::string block(512, '\0');
    const auto put = [&](std::size_t at, const std::string& field) {
        block.replace(at, field.size(), field);
    };
    char size[12];
    std::snprintf(size, sizeof size, "%011o", static_cast<unsigned>(data.size()));
    put(0, name);
    put(100, "0000644");
    put(124, size);
    put(136, "00000000000");
    put(148, std::string(8, ' '));
    put(156, std::string(1, type));
    put(157, link);
    put(257, std::string("ustar\0"
                         "00",
                         8));
    unsigned sum = 0;
    for (const char c : block) sum += static_cast<unsigned char>(c);
    char digits[8];
    std::snprintf(digits, sizeof digits, "%06o", sum);
    put(148, std::string(digits, 7) + " ");
    return block + data + std::string((512 - data.size() % 512) % 512, '\0');
}
const std::string kTarEnd(1024, '\0');

BOOST_AUTO_TEST_CASE(tar_members_are_inspected) {
    const FileReport good = test::scan(tar_entry("a.pkl", kGood) + kTarEnd);
    BOOST_TEST(verdict_of(good) == "clean", ids(good) + gaps(good));
    BOOST_TEST(identities(good) == "tar");
    const FileReport evil =
        test::scan(tar_entry("a.pkl", kGood) + tar_entry("b/evil.pkl", kEvil) + kTarEnd);
    BOOST_TEST(ids(evil) == "PRQ-PICKLE-001");
    BOOST_TEST(evil.findings.at(0).artifact == "b/evil.pkl");
    BOOST_TEST(verdict_of(test::scan(tar_entry("a", kGood) + kTarEnd + kEvil)) == "malicious");
}

BOOST_AUTO_TEST_CASE(what_lies_behind_a_link_is_told) {
    const auto behind = [](const std::string& link, const std::string& member) {
        return ids(test::scan(tar_entry(link, "", '2', "b") + tar_entry(member, "x") + kTarEnd));
    };
    BOOST_TEST(behind("a", "a/x") == "PRQ-ARCHIVE-003 PRQ-ARCHIVE-032");
    BOOST_TEST(behind("./a/", "a//x") == "PRQ-ARCHIVE-003 PRQ-ARCHIVE-032");
    BOOST_TEST(behind("a/b", "a/b/c/x") == "PRQ-ARCHIVE-003 PRQ-ARCHIVE-032");
    BOOST_TEST(behind("a", "ab/x") == "PRQ-ARCHIVE-003");
    BOOST_TEST(behind("a", "b/a/x") == "PRQ-ARCHIVE-003");
}

BOOST_AUTO_TEST_CASE(tar_members_that_are_no_files_are_told) {
    const auto of = [](char type, const char* link) {
        return ids(test::scan(tar_entry("a/b", "", type, link) + kTarEnd));
    };
    BOOST_TEST(of('2', "../../etc/passwd") == "PRQ-ARCHIVE-002");
    BOOST_TEST(of('2', "/etc/passwd") == "PRQ-ARCHIVE-002");
    BOOST_TEST(of('2', "../c") == "PRQ-ARCHIVE-003");
    BOOST_TEST(of('1', "../c") == "PRQ-ARCHIVE-002");
    BOOST_TEST(of('6', "") == "PRQ-ARCHIVE-028");
    BOOST_TEST(of('3', "") == "PRQ-ARCHIVE-028");
    BOOST_TEST(of('5', "").empty());
}

// --- PyTorch ---

BOOST_AUTO_TEST_CASE(storages_are_measured) {
    const FileReport good = test::scan(torch_zip(storage("0", 4), {{"0", numbers(16)}}));
    BOOST_TEST(verdict_of(good) == "clean", ids(good));
    BOOST_TEST(identities(good) == "zip torch-zip");
    BOOST_TEST(ids(test::scan(torch_zip(storage("0", 4), {{"0", numbers(12)}}))) ==
               "PRQ-TORCH-001");
    BOOST_TEST(ids(test::scan(torch_zip(storage("0", 4), {{"0", numbers(20)}}))) ==
               "PRQ-TORCH-001");
    BOOST_TEST(ids(test::scan(torch_zip(storage("0", 4), {}))) == "PRQ-TORCH-002");
    const std::string half = global("torch", "HalfStorage");
    BOOST_TEST(ids(test::scan(torch_zip(storage("0", 4, half), {{"0", numbers(8)}}))).empty());
}

BOOST_AUTO_TEST_CASE(a_storage_class_of_another_module_is_no_storage) {
    const std::string evil = global("os", "system");
    const FileReport report = test::scan(torch_zip(storage("0", 4, evil), {{"0", numbers(16)}}));
    BOOST_TEST(verdict_of(report) == "malicious");
    BOOST_TEST(ids(report).find("PRQ-TORCH-005") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_member_that_no_pickle_names_is_searched) {
    const FileReport report =
        test::scan(torch_zip(storage("0", 4), {{"0", numbers(16)}, {"1", kEvil}}));
    BOOST_TEST(verdict_of(report) == "malicious");
}

BOOST_AUTO_TEST_CASE(the_pickle_of_a_torch_file_is_judged) {
    const FileReport report = test::scan(torch_zip(call(global("os", "system"), str("x")), {}));
    BOOST_TEST(ids(report) == "PRQ-PICKLE-001");
    BOOST_REQUIRE(!report.findings.empty());
    BOOST_TEST(report.findings[0].artifact == "m/data.pkl");
}

// --- JSON and text ---

BOOST_AUTO_TEST_CASE(json_is_searched_for_pickles_and_code) {
    // {"model": base64 of EVIL}
    const std::string coded = "gAJjb3MKc3lzdGVtCihYBAAAAHRydWV0Ui4=";
    const FileReport report = test::scan("{\"model\": \"" + coded + "\"}");
    BOOST_TEST(verdict_of(report) == "malicious", identities(report));
    BOOST_TEST(identities(report) == "json");
    BOOST_TEST(report.findings.at(0).artifact == "base64#1");
    BOOST_TEST(verdict_of(test::scan(R"({"a": [1, "gAJ!", {"b": null}]})")) == "clean");
    BOOST_TEST(gaps(test::scan(R"({"x": [{"custom_objects": "os"}]})")) == "not-inspected");
    BOOST_TEST(verdict_of(test::scan("{\"a\": 1, \"a\": 2}")) != "malicious");
}

BOOST_AUTO_TEST_CASE(text_named_like_a_pickle_is_read_as_one) {
    const Subject named{"model.pkl", {}};
    BOOST_TEST(verdict_of(test::scan("cos\nsystem\n", {}, named)) != "clean");
    BOOST_TEST(verdict_of(test::scan("just words\n", {}, named)) != "clean");
    BOOST_TEST(verdict_of(test::scan("just words\n", {}, {"notes.txt", {}})) == "clean");
}

// The import fails, but by then the call has been made.
BOOST_AUTO_TEST_CASE(a_payload_before_an_impossible_import_counts) {
    const std::string payload = "cos\nsystem\n(S'id'\ntRcno such\nname\n";
    for (const std::string front : {"", "some words\n", "cno such\nname\n"}) {
        const auto report = test::scan(front + payload, {}, {"notes.txt", {}});
        BOOST_TEST(verdict_of(report) == "malicious");
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace pratique::scanner
