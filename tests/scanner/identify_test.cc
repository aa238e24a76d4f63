// What bytes are taken for: by content alone, with every claim that two loaders could make.
#include "scanner/identify.h"

#include <set>

#include "encoders.h"
#include "pickle_builder.h"
#include "scan_support.h"
#include "zip_builder.h"

namespace pratique::scanner {
namespace {

using namespace test;
using namespace std::string_literals;

std::string identified(const std::string& bytes) {
    std::string out;
    for (const Identity& id : identify(as_bytes(bytes), Limits{})) {
        out += (out.empty() ? "" : " ") + std::string(id.name) + (id.weak ? "?" : "");
    }
    return out;
}

const std::string kFill(600, '\x93');

BOOST_AUTO_TEST_SUITE(identifying)

BOOST_AUTO_TEST_CASE(magics) {
    const std::vector<std::pair<std::string, std::string>> table = {
        {"GGUF", "gguf"},
        {"SQLite format 3\0"s, "sqlite"},
        {"\x7f"
         "ELF",
         "elf"},
        {"\xca\xfe\xba\xbe", "java-class"},
        {"\xcf\xfa\xed\xfe", "mach-o"},
        {"\0asm"s, "web-assembly"},
        {"\x89PNG\r\n\x1a\n", "png"},
        {"\xff\xd8\xff", "jpeg"},
        {"%PDF-", "pdf"},
        {"\x89HDF\r\n\x1a\n", "hdf5"},
        {"1234TFL3", "tflite"},
        {"version https://git-lfs.github.com/spec/", "git-lfs-pointer"},
        {"\x93NUMPY\x01\0"s, "npy"},
    };
    for (const auto& [magic, name] : table) {
        BOOST_TEST(identified(magic + kFill) == name);
        BOOST_TEST(identified("\x93" + magic + kFill) != name);
    }
    BOOST_TEST(identified(std::string(512, '\x93') + "\x89HDF\r\n\x1a\n") == "hdf5");
}

BOOST_AUTO_TEST_CASE(every_format_has_one_row) {
    std::set<std::string_view> names;
    for (const auto& table : {formats(), text_formats()}) {
        for (const Format& format : table) {
            BOOST_TEST(names.insert(format.name).second, format.name);
            BOOST_TEST((format.check != check_not_inspected), format.name);
        }
    }
}

BOOST_AUTO_TEST_CASE(containers) {
    ZipBuilder zip;
    zip.add("a", "b");
    BOOST_TEST(identified(zip.build()) == "zip");
    BOOST_TEST(identified(encode::gzip("x")) == "gzip");
    BOOST_TEST(identified(encode::xz("x")) == "xz");
    BOOST_TEST(identified(encode::zstd("x")) == "zstd");
    BOOST_TEST(identified(le(20, 8) + "{\"a\":null}          ") == "safetensors");
}

BOOST_AUTO_TEST_CASE(pickles_with_and_without_their_front) {
    for (const int protocol : {2, 3, 4, 5})
        BOOST_TEST(identified(pickled("N", protocol)) == "pickle");
    BOOST_TEST(identified(call(global("os", "system"), str("x")) + ".") == "pickle?");
    BOOST_TEST(identified("(dp0\nS'a'\np1\nI1\ns.") == "pickle?");
    BOOST_TEST(identified(pickled("N", 6)) != "pickle");
}

BOOST_AUTO_TEST_CASE(texts) {
    BOOST_TEST(identified("just words\n") == "text?");
    BOOST_TEST(identified("{\"a\": 1}\n") == "json?");
    BOOST_TEST(identified("<?xml version=\"1.0\"?>\n<a/>\n") == "xml?");
    BOOST_TEST(identified("a: !!python/object:os.x\n") == "yaml?");
    BOOST_TEST(identified("a \xff\n" + kFill).empty());
}

BOOST_AUTO_TEST_CASE(text_in_utf_16_is_read_as_the_text_that_it_is) {
    const auto wide = [](const std::string& text, bool big) {
        std::string out = big ? "\xfe\xff" : "\xff\xfe";
        for (const char c : text) out += big ? std::string{'\0', c} : std::string{c, '\0'};
        return out;
    };
    for (const bool big : {false, true}) {
        BOOST_TEST(ids(test::scan(wide(R"({"auto_map": {"A": "x.X"}})", big))) == "PRQ-CONFIG-004");
        BOOST_TEST(verdict_of(test::scan(wide(R"({"a": 1})", big))) == "clean");
        BOOST_TEST(verdict_of(test::scan(wide("import os\nos.system('x')\n", big))) == "malicious");
        BOOST_TEST(verdict_of(test::scan(wide("just words\n", big))) == "clean");
    }
}

BOOST_AUTO_TEST_CASE(nothing_is_made_of_nothing) {
    BOOST_TEST(identified("\x93").empty());
    BOOST_TEST(identified(kFill).empty());
}

BOOST_AUTO_TEST_CASE(two_claims_are_both_kept) {
    ZipBuilder zip(pickled("N"));
    zip.add("a", "words");
    BOOST_TEST(identified(zip.build()) == "pickle zip");
    BOOST_TEST(ids(test::scan(zip.build())).find("PRQ-FILE-001") != std::string::npos);
    ZipBuilder image("\x89PNG\r\n\x1a\n" + kFill);
    image.add("a", "words");
    BOOST_TEST(identified(image.build()) == "zip png");
}

BOOST_AUTO_TEST_CASE(the_empty_and_the_unknown_are_not_the_same) {
    BOOST_TEST(identities(test::scan("")) == "empty");
    BOOST_TEST(identities(test::scan(std::string(100, '\0'))) == "empty");
    BOOST_TEST(verdict_of(test::scan("")) == "clean");
    BOOST_TEST(identities(test::scan(kFill)) == "opaque");
    BOOST_TEST(gaps(test::scan(kFill)) == "unknown-format");
    BOOST_TEST(gaps(test::scan("SQLite format 3" + std::string(1, 0) + kFill)) == "not-inspected");
    BOOST_TEST(ids(test::scan("\x7f"
                              "ELF" +
                              kFill)) == "PRQ-FILE-010");
}

BOOST_AUTO_TEST_CASE(a_name_routes_nothing_but_is_held_against_the_content) {
    const auto named = [](const std::string& name, const std::string& bytes) {
        return test::scan(bytes, {}, {name, {}});
    };
    const std::string evil = pickled(call(global("os", "system"), str("x")), 4);
    BOOST_TEST(ids(named("a.safetensors", evil)) == "PRQ-FILE-015 PRQ-PICKLE-001");
    BOOST_TEST(ids(named("a.pkl", evil)) == "PRQ-PICKLE-001");
    BOOST_TEST(ids(named("A.NPY", "words")) == "PRQ-FILE-015");
    const std::string pointer = "version https://git-lfs.github.com/spec/v1\n";
    BOOST_TEST(ids(named("a.npy", pointer)).empty());
    BOOST_TEST(gaps(named("a.npy", std::string(9, '\0'))) == "malformed");
    BOOST_TEST(gaps(named("a.bin", std::string(9, '\0'))).empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace pratique::scanner
