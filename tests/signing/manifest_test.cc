// The list of files against whoever writes one: what could be understood in two ways, and what a
// model is found to be.
#include "signing/manifest/manifest.h"

#include <chrono>

#include "statements.h"

using namespace pratique;
using namespace pratique::signing;
using namespace pratique::signing::test;

namespace {

std::string judge(const std::vector<Row>& rows, const std::string& serialization = kFiles) {
    return said(manifest_of(statement_text(rows, serialization)));
}
/// The same with `from` replaced in a statement about one file.
std::string judge_changed(const std::string& from, const std::string& to,
                          const std::string& serialization = kFiles) {
    return said(manifest_of(changed(statement_text({{"a"}}, serialization), from, to)));
}
bool is_bad(const std::string& said, const std::string& why) {
    return said.starts_with("bad_manifest: ") && said.find(why) != std::string::npos;
}

Measured file(const std::string& name, const std::string& content = "content",
              std::uint64_t size = 7) {
    return {name, size, {unhex(digest_of(content))}};
}
Manifest manifest(const std::vector<Row>& rows, const std::string& serialization = kFiles) {
    auto out = manifest_of(statement_text(rows, serialization));
    BOOST_TEST_REQUIRE(bool(out), said(out));
    return *std::move(out);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(manifest_)

BOOST_AUTO_TEST_CASE(a_list_of_files_is_read) {
    const Manifest read =
        manifest({{"b"}, {"a/c", digest_of("x")}}, kFiles + R"(,"ignore_paths":["sub/x",".git"])");
    BOOST_TEST(read.model_name == "m");
    BOOST_TEST(read.files.size() == 2U);
    BOOST_TEST(read.files.at(0).name == "a/c");
    BOOST_TEST(hex(read.files.at(0).digests.at(0)) == digest_of("x"));
    BOOST_TEST((read.serialization.ignored == std::vector<std::string>{"sub/x", ".git"}));
    BOOST_TEST(!read.serialization.allow_links);
    BOOST_TEST(read.unknown_members.empty());
}

BOOST_AUTO_TEST_CASE(unknown_members_are_told_and_have_no_effect) {
    const std::string text = changed(statement_text({{"a"}}, kFiles + R"(,"new":1)"),
                                     R"("resources")", R"("more":{},"resources")");
    const auto read = manifest_of(text);
    BOOST_TEST_REQUIRE(bool(read), said(read));
    BOOST_TEST((read->unknown_members ==
                std::vector<std::string>{"predicate.serialization.new", "predicate.more"}));
}

BOOST_AUTO_TEST_CASE(the_statement_is_of_its_kind) {
    const auto bad = [](const std::string& from, const std::string& to, const std::string& why) {
        BOOST_TEST(judge_changed(from, to) == "bad_statement: " + why, to);
    };
    bad("Statement/v1", "Statement/v0.1",
        "statement._type: is not https://in-toto.io/Statement/v1");
    bad("signature/v1.0", "signature/v1.1", "the predicate https://model_signing/signature/v1.1");
    bad("signature/v1.0", "Digests/v0.1", "the predicate https://model_signing/Digests/v0.1");
    bad(R"("name":"m")", R"("name":"")", "statement.subject[0].name: is empty");
    bad(R"("name":"m",)", "", "statement.subject[0].name: is missing");
    bad(R"({"sha256":)", R"({"sha512":)", "statement.subject[0].digest.sha256: is missing");
    bad(R"({"sha256":")", R"({"sha256":"0)",
        "statement.subject[0].digest.sha256: is no SHA-256 in lower case");
    bad(R"("_type")", R"("x":1,"_type")", "statement.x: is not known here");
    bad(R"("predicate":{)", R"("predicate":null,"y":{)", "statement.predicate: is missing");
    BOOST_TEST(judge_changed("{", "").starts_with("bad_statement: "));
    BOOST_TEST(judge_changed("\"m\"", "\"\xff\"").starts_with("bad_statement: "));
    BOOST_TEST(judge_changed("\"m\"", "\"\\udc00\"").starts_with("bad_statement: "));
    BOOST_TEST(judge_changed("\"method\"", "\"method\":\"files\",\"meth\\u006fd\"")
                   .starts_with("bad_statement: "));
    BOOST_TEST(said(manifest_of(statement_text({{"a"}}) + "{}")).starts_with("bad_statement: "));
    BOOST_TEST(said(read_statement(std::string((48U << 20) + 1, ' '))) ==
               "too_large: the statement");
    const std::string text = statement_text({{"a"}});
    const auto from = text.find("\"subject\":[") + 11;
    const std::string subject = text.substr(from, text.find("],\"predicateType") - from);
    BOOST_TEST(judge_changed(subject, subject + "," + subject) ==
               "bad_manifest: there must be exactly one subject");
    bad(subject, "", "statement.subject: is empty");
}

BOOST_AUTO_TEST_CASE(names_are_plain_relative_paths) {
    const std::string why = "no plain relative path";
    for (const char* bad : {"", "/", "/etc/passwd", "a/", "a//b", "./a", "a/.", "a/./b", "..",
                            "../a", "a/../b", "a/..", "//", "/a"}) {
        BOOST_TEST(is_bad(judge({{bad}}), why), bad);
    }
    BOOST_TEST(is_bad(judge({{"."}, {"a"}}), why));
    BOOST_TEST(judge({{"."}}) == "accepted");
    BOOST_TEST(judge_changed("\"a\"", "\"a\\u0000b\"").starts_with("bad_statement: "));
    BOOST_TEST(is_bad(judge({{std::string(256, 'x')}}), why));
    BOOST_TEST(judge({{std::string(255, 'x')}}) == "accepted");
    std::string longest;
    while (longest.size() < 4094) longest += "x/";
    BOOST_TEST(judge({{longest + "yy"}}) == "accepted");
    BOOST_TEST(is_bad(judge({{longest + "yyy"}}), why));
    for (const char* good : {"...", "..a", "a..", ".a", "a:b", "a:0:1", "a\\\\b", "a\\nb", " ",
                             "\xc3\xa9", "e\xcc\x81", "*", "~"}) {
        BOOST_TEST(judge({{good}}) == "accepted", good);
    }
    BOOST_TEST(!is_plain_path("a\xff"));
    BOOST_TEST(!is_plain_path(std::string_view("a\0b", 3)));
}

BOOST_AUTO_TEST_CASE(a_name_is_there_once_and_is_a_file_or_a_folder) {
    BOOST_TEST(is_bad(judge({{"a"}, {"b"}, {"a"}}), "a name twice: a"));
    // Raw, as who prints a refusal escapes all of it.
    BOOST_TEST(is_bad(judge({{"\u202e"}, {"\u202e"}}), "a name twice: \u202e"));
    BOOST_TEST(is_bad(judge({{"a", digest_of("1")}, {"a", digest_of("2")}}), "a name twice"));
    BOOST_TEST(judge_changed(R"({"name":"a")", R"({"name":"a","name":"b")")
                   .starts_with("bad_statement: "));
    const std::string why = "both a file and a folder: a";
    BOOST_TEST(is_bad(judge({{"a"}, {"a/b"}}), why));
    BOOST_TEST(is_bad(judge({{"a/b"}, {"a"}}), why));
    // "-" and "." come before "/".
    BOOST_TEST(is_bad(judge({{"a"}, {"a-b"}, {"a.b"}, {"a/b"}}), why));
    BOOST_TEST(is_bad(judge({{"a"}, {"a-b"}, {"a/b/c/d"}, {"a!"}}), why));
    BOOST_TEST(is_bad(judge({{"x/a"}, {"x/a-"}, {"x/a/b"}}), "a folder: x/a"));
    BOOST_TEST(is_bad(judge({{"a:0:5"}, {"a-b:0:5"}, {"a/b:0:5"}}, kShards), why));
    BOOST_TEST(judge({{"a"}, {"a-b"}, {"ab/c"}, {"a.b"}}) == "accepted");
    // Letters of two cases, and two spellings of one letter, are different names.
    BOOST_TEST(judge({{"a"}, {"A"}, {"\xc3\xa9"}, {"e\xcc\x81"}}) == "accepted");
}

BOOST_AUTO_TEST_CASE(digests_have_the_length_of_their_algorithm) {
    const std::string good = digest_of("content");
    const std::string why = "digest: is no digest of that algorithm in lower case";
    std::string upper = good;
    for (char& c : upper) c = static_cast<char>(std::toupper(c));
    for (const std::string& bad :
         {std::string(), good.substr(2), good.substr(1), good + "00", upper, " " + good.substr(1),
          good.substr(1) + "g", good + good}) {
        const std::string text = statement_text({{"a", good}});
        const auto at = text.rfind(good);
        const auto read = manifest_of(std::string(text).replace(at, good.size(), bad));
        BOOST_TEST(is_bad(said(read), why), bad);
    }
    const std::string blake = R"("method":"files","hash_type":"blake2b","allow_symlinks":false)";
    BOOST_TEST(judge({{"a", good + good, "blake2b"}}, blake) == "accepted");
    BOOST_TEST(is_bad(judge({{"a", good, "blake2b"}}, blake), why));
}

BOOST_AUTO_TEST_CASE(algorithms_are_those_of_the_serialization) {
    const std::string why = "algorithm: is not the one that the serialization names";
    for (const char* other : {"blake2b", "md5", "SHA256", "", "sha256-sharded-0", "sha-256"}) {
        BOOST_TEST(is_bad(judge({{"a", digest_of(""), other}}), why), other);
    }
    for (const char* same : {"sha256", "sha256-sharded-10"}) {
        BOOST_TEST(judge({{"a:0:5", digest_of(""), same}}, kShards) == "accepted", same);
    }
    for (const char* other : {"sha256-sharded-11", "sha256-sharded-010", "blake2b-sharded-10"}) {
        BOOST_TEST(is_bad(judge({{"a:0:5", digest_of(""), other}}, kShards), why), other);
    }
    const auto hash = [](const std::string& type) {
        return judge_changed(R"("hash_type":"sha256")", R"("hash_type":")" + type + "\"");
    };
    for (const char* weak : {"md5", "sha1", "sha512", "SHA256", "", "blake2s"}) {
        BOOST_TEST(is_bad(hash(weak), "hash_type: is not known"), weak);
    }
    BOOST_TEST(hash("blake3") == "unsupported: hash type blake3");
    BOOST_TEST(
        is_bad(judge_changed(R"("method":"files")", R"("method":"dfs")"), "method: is not known"));
    BOOST_TEST(
        is_bad(judge_changed("false", "\"false\""), "allow_symlinks: must be true or false"));
    BOOST_TEST(judge_changed("false", "true") == "accepted");
}

BOOST_AUTO_TEST_CASE(an_empty_list_signs_nothing) {
    BOOST_TEST(is_bad(judge({}), "resources: is empty"));
    BOOST_TEST(is_bad(judge_changed(R"("resources")", R"("resource")"), "resources: is empty"));
}

BOOST_AUTO_TEST_CASE(the_root_is_that_of_the_digests_in_their_order) {
    const std::string one = statement_text({{"a", digest_of("1")}, {"b", digest_of("2")}});
    const std::string two = statement_text({{"b", digest_of("2")}, {"a", digest_of("1")}});
    BOOST_TEST(said(manifest_of(one)) == "accepted");
    BOOST_TEST(said(manifest_of(two)) == "accepted");
    BOOST_TEST(manifest_of(one)->root != manifest_of(two)->root);
    const std::string wrong = "bad_manifest: the subject's digest is not that of the resources";
    BOOST_TEST(said(manifest_of(changed(one, manifest_of(one)->root, manifest_of(two)->root))) ==
               wrong);
    BOOST_TEST(judge_changed(manifest({{"a"}}).root, digest_of("other")) == wrong);
}

BOOST_AUTO_TEST_CASE(what_is_ignored_is_not_signed_and_no_pattern) {
    const auto ignoring = [](const std::string& path, const std::string& name = "a/b/c") {
        return judge({{name}}, kFiles + R"(,"ignore_paths":["z",")" + path + "\"]");
    };
    const std::string why = "ignore_paths: holds what is no plain relative path";
    for (const char* bad : {"", ".", "..", "../..", "/", "/a", "a/", "./a", "a/../b", "*", "a/*",
                            "?", "[ab]", "x*y"}) {
        BOOST_TEST(is_bad(ignoring(bad), why), bad);
    }
    for (const char* over : {"a", "a/b", "a/b/c"}) {
        BOOST_TEST(is_bad(ignoring(over), "both signed and ignored: a/b/c"), over);
    }
    for (const char* beside : {"a/b/c/d", "a/b/cc", "a/b/", "b", "A"}) {
        BOOST_TEST(ignoring(beside).find("both signed") == std::string::npos, beside);
    }
    BOOST_TEST(ignoring("a", "ab") == "accepted");
    BOOST_TEST(ignoring("a", "a-b") == "accepted");
    BOOST_TEST(is_bad(judge({{"a/b:0:5"}}, kShards + R"(,"ignore_paths":["a"])"), "both signed"));
    std::string many = "\"x\"";
    for (int i = 0; i < 10'000; ++i) many += ",\"x\"";
    BOOST_TEST(is_bad(judge({{"a"}}, kFiles + R"(,"ignore_paths":[)" + many + "]"),
                      "ignore_paths: holds too many"));
}

BOOST_AUTO_TEST_CASE(many_names_and_many_that_are_ignored_do_not_multiply) {
    std::vector<Row> rows;
    for (int i = 0; i < 50'000; ++i) rows.push_back({std::string(200, 'a') + std::to_string(i)});
    std::string ignored = "\"x\"";
    for (int i = 0; i < 9'999; ++i) {
        ignored += ",\"" + std::string(200, 'a') + "-" + std::to_string(i) + "\"";
    }
    const auto before = std::chrono::steady_clock::now();
    BOOST_TEST(judge(rows, kFiles + R"(,"ignore_paths":[)" + ignored + "]") == "accepted");
    // One by one it is 500 million comparisons of 200 bytes each: 11 seconds.
    const auto took = std::chrono::steady_clock::now() - before;
    BOOST_TEST(std::chrono::duration<double>(took).count() < 5);
}

BOOST_AUTO_TEST_CASE(shards_tile_a_file) {
    const auto shards = [](const std::vector<std::string>& names) {
        std::vector<Row> rows;
        for (const std::string& name : names) rows.push_back({name, digest_of(name)});
        return judge(rows, kShards);
    };
    BOOST_TEST(shards({"a:0:10", "a:10:20", "a:20:21"}) == "accepted");
    BOOST_TEST(shards({"a:20:30", "a:10:20", "a:0:10", "a:30:40", "b:0:1"}) == "accepted");
    BOOST_TEST(shards({"a:0:10", "a:100:110", "a:10:20"}).starts_with("bad_manifest"));
    BOOST_TEST(shards({"x:y:0:10", "x:y:10:12", ":0:3"}).starts_with("bad_manifest"));
    BOOST_TEST(shards({"x:y:0:10", "x:y:10:12", "a::0:3"}) == "accepted");
    const std::string gap = "shards that leave a gap or overlap";
    BOOST_TEST(is_bad(shards({"a:10:20"}), gap));
    BOOST_TEST(is_bad(shards({"a:0:10", "a:20:30"}), gap));
    BOOST_TEST(is_bad(shards({"a:0:10", "a:0:10"}), gap));
    BOOST_TEST(is_bad(shards({"a:0:10", "a:0:5"}), gap));
    BOOST_TEST(is_bad(shards({"a:0:5", "a:5:10"}), gap));
    BOOST_TEST(is_bad(shards({"a:0:9", "a:10:20"}), gap));
    BOOST_TEST(is_bad(shards({"a:0:11"}), gap));
    BOOST_TEST(is_bad(shards({"a:0:10", "a:10:21"}), gap));
    BOOST_TEST(is_bad(shards({"a:0:18446744073709551615"}), gap));
    BOOST_TEST(is_bad(shards({"a:0:10", "b:0:10", "b:20:30"}), gap));
    const std::string none = "name: names no shard";
    for (const char* bad : {"a",
                            "a:0",
                            ":",
                            "::",
                            "a:0:0",
                            "a:5:5",
                            "a:10:0",
                            "a:00:10",
                            "a:0:010",
                            "a:-0:10",
                            "a:+0:10",
                            "a: 0:10",
                            "a:0:10 ",
                            "a:0x0:10",
                            "a::10",
                            "a:0:",
                            "a:0:18446744073709551616",
                            "a:0:1e1",
                            "0:10",
                            "a:0.0:10"}) {
        BOOST_TEST(is_bad(shards({bad}), none), bad);
    }
}

BOOST_AUTO_TEST_CASE(the_size_of_a_shard_is_a_positive_whole_number) {
    const auto size = [](const std::string& number, const std::string& end = "5") {
        return judge({{"a:0:" + end}}, changed(kShards, ":10", ":" + number));
    };
    for (const char* good : {"10.0", "1e1", "9223372036854775807", "9007199254740992.0"}) {
        BOOST_TEST(size(good) == "accepted", good);
    }
    for (const char* bad :
         {"0", "0.0", "-1", "10.5", "1e300", "\"10\"", "true", "null", "18446744073709551616"}) {
        BOOST_TEST(is_bad(size(bad), "shard_size: must be "), bad);
    }
    BOOST_TEST(
        is_bad(judge({{"a"}}, kFiles + R"(,"shard_size":10)"), "shard_size: is only for shards"));
    BOOST_TEST(is_bad(judge({{"a:0:5"}}, changed(kShards, R"(,"shard_size":10)", "")),
                      "shard_size: must be a positive number of bytes"));
}

// --- Against what is there ---------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(every_file_is_as_signed_missing_or_not_covered) {
    const Manifest was = manifest({{"a"}, {"b"}, {"d"}});
    BOOST_TEST(shown(compare(was, {file("a"), file("b"), file("d")})) == "");
    BOOST_TEST(shown(compare(was, {file("a"), file("b", "other"), file("d")})) ==
               "changed_file b;");
    BOOST_TEST(shown(compare(was, {file("a"), file("d")})) == "missing_file b;");
    BOOST_TEST(shown(compare(was, {})) == "missing_file a;missing_file b;missing_file d;");
    const auto more =
        compare(was, {file("0"), file("a"), file("b"), file("c"), file("d"), file("e")});
    BOOST_TEST(shown(more) == "uncovered_file 0;uncovered_file c;uncovered_file e;");
    BOOST_TEST((more.uncovered == std::vector<std::string>{"0", "c", "e"}));
    const auto allowed = compare(was, {file("a"), file("c"), file("d", "other")}, {true, false});
    BOOST_TEST(shown(allowed) == "missing_file b;changed_file d;");
    BOOST_TEST((allowed.uncovered == std::vector<std::string>{"c"}));
    // Names are compared by their bytes.
    BOOST_TEST(shown(compare(manifest({{"\xc3\xa9"}}), {file("e\xcc\x81")})) ==
               "uncovered_file e\xcc\x81;missing_file \xc3\xa9;");
    BOOST_TEST(shown(compare(manifest({{"A"}}), {file("a")})) ==
               "missing_file A;uncovered_file a;");
}

BOOST_AUTO_TEST_CASE(a_single_file_is_known_by_a_dot_or_by_its_name) {
    BOOST_TEST(shown(compare(manifest({{"."}}), {file("x")}, {false, true})) == "");
    BOOST_TEST(shown(compare(manifest({{"x"}}), {file("x")}, {false, true})) == "");
    BOOST_TEST(shown(compare(manifest({{"."}}), {file("x", "other")}, {false, true})) ==
               "changed_file x;");
    BOOST_TEST(shown(compare(manifest({{"y"}}), {file("x")}, {false, true})) ==
               "uncovered_file x;missing_file y;");
    // A folder with one file in it is no single file.
    BOOST_TEST(shown(compare(manifest({{"."}}), {file("x")}, {false, false})) ==
               "missing_file .;uncovered_file x;");
    BOOST_TEST(shown(compare(manifest({{"x"}, {"y"}}), {file("x")}, {false, true})) ==
               "missing_file y;");
}

BOOST_AUTO_TEST_CASE(shards_are_compared_with_their_sizes) {
    const Manifest was =
        manifest({{"a:0:10", digest_of("1")}, {"a:10:12", digest_of("2")}}, kShards);
    Measured is{"a", 12, {unhex(digest_of("1")), unhex(digest_of("2"))}};
    BOOST_TEST(shown(compare(was, {is})) == "");
    is.size = 13;
    BOOST_TEST(shown(compare(was, {is})) == "changed_file a;");
    is.size = 12;
    std::swap(is.digests[0], is.digests[1]);
    BOOST_TEST(shown(compare(was, {is})) == "changed_file a;");
    is.digests.pop_back();
    BOOST_TEST(shown(compare(was, {is})) == "changed_file a;");
    // No shard of an empty file could have been signed: it is told of, and not held against it.
    const Measured empty{"__init__.py", 0, {}};
    const Measured good{"a", 12, {unhex(digest_of("1")), unhex(digest_of("2"))}};
    const auto added = compare(was, {empty, good});
    BOOST_TEST(shown(added) == "");
    BOOST_TEST((added.uncovered == std::vector<std::string>{"__init__.py"}));
    const auto hashed = compare(manifest({{"a"}}), {file("a"), file("b", "", 0)});
    BOOST_TEST(shown(hashed) == "uncovered_file b;");
    BOOST_TEST(shown(compare(was, {{"a", 0, {}}})) == "changed_file a;");
}

BOOST_AUTO_TEST_CASE(names_that_other_systems_mix_up_are_told) {
    const auto told = [](const std::vector<std::string>& names) {
        std::vector<Measured> files;
        for (const std::string& name : names) files.push_back(file(name));
        return compare(manifest({{"a"}}), files).confusable;
    };
    BOOST_TEST((told({"A", "B", "a"}) == std::vector<std::string>{"a"}));
    BOOST_TEST((told({"e\xcc\x81", "\xc3\xa9"}) == std::vector<std::string>{"e\xcc\x81"}));
    BOOST_TEST((told({"x\xcd\xaf"}) == std::vector<std::string>{"x\xcd\xaf"}));
    BOOST_TEST(told({"a", "b", "\xc3\xa9", "x\xcd\xb0"}).empty());
}

BOOST_AUTO_TEST_CASE(what_is_written_is_read_again) {
    for (const std::uint64_t shard : {std::uint64_t{0}, std::uint64_t{10}}) {
        Serialization how;
        how.shard_size = shard;
        how.ignored = {".git", "x y"};
        how.allow_links = true;
        std::vector<Measured> files;
        for (const char* name : {"a", "a-b", "b/\xc3\xa9", "c:1:2", "d\n\"\\"}) {
            files.push_back({name, 0, {unhex(digest_of(name))}});
            if (shard == 0) continue;
            files.back().size = 105;
            for (int i = 0; i < 10; ++i) {
                files.back().digests.push_back(unhex(digest_of(name + std::to_string(i))));
            }
        }
        const std::string text = write_manifest("model", how, files);
        const auto read = manifest_of(text);
        BOOST_TEST_REQUIRE(bool(read), said(read));
        BOOST_TEST(read->model_name == "model");
        BOOST_TEST((read->serialization.ignored == how.ignored));
        BOOST_TEST(read->serialization.allow_links);
        BOOST_TEST(read->serialization.shard_size == shard);
        BOOST_TEST_REQUIRE(read->files.size() == files.size());
        for (std::size_t i = 0; i < files.size(); ++i) {
            BOOST_TEST(read->files[i].name == files[i].name);
            BOOST_TEST(read->files[i].size == files[i].size);
            BOOST_TEST((read->files[i].digests == files[i].digests));
        }
        // In the order of the names as they are written.
        BOOST_TEST((shard == 0 || text.find("a:100:105") < text.find("a:20:30")));
        BOOST_TEST(write_manifest("model", read->serialization, read->files) == text);
    }
}

BOOST_AUTO_TEST_CASE(sizes_at_the_end_of_all_numbers_are_written_right) {
    Serialization how;
    how.shard_size = 1ULL << 62;
    const std::vector<std::byte> digest = unhex(digest_of("x"));
    const std::vector<Measured> files = {{"a", UINT64_MAX, {digest, digest, digest, digest}}};
    const auto read = manifest_of(write_manifest("m", how, files));
    BOOST_TEST_REQUIRE(bool(read), said(read));
    BOOST_TEST(read->files.at(0).size == UINT64_MAX);
}

BOOST_AUTO_TEST_SUITE_END()
