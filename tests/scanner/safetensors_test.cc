// safetensors as a file from a stranger: what two readers could see differently is a finding, and
// damage a gap; the data is nobody's business as long as the header adds up.
#include "pickle_builder.h"
#include "scan_support.h"

namespace pratique::scanner {
namespace {

using namespace test;
using namespace std::string_literals;

std::string framed(std::string header, const std::string& data) {
    header.resize((header.size() + 7) / 8 * 8, ' ');
    return le(header.size(), 8) + header + data;
}

std::string entry(const std::string& name, int begin, int end) {
    return "\"" + name + R"(":{"dtype":"U8","shape":[)" + std::to_string(end - begin) +
           R"(],"data_offsets":[)" + std::to_string(begin) + "," + std::to_string(end) + "]}";
}

std::string said_of(const std::string& header, const std::string& data) {
    const FileReport report = test::scan(framed(header, data));
    return identities(report) + "|" + ids(report) + "|" + gaps(report) + "|" + verdict_of(report);
}

const std::string kEight(8, '\x93');

BOOST_AUTO_TEST_SUITE(safetensors_files)

BOOST_AUTO_TEST_CASE(a_sound_file_is_clean_whatever_its_data_looks_like) {
    const std::string evil = call(global("os", "system"), str("x")) + ".";
    const int size = static_cast<int>(evil.size());
    BOOST_TEST(said_of("{" + entry("a", 0, 8) + "," + entry("b", 8, 8) + "}", kEight) ==
               "safetensors|||clean");
    BOOST_TEST(said_of("{" + entry("a", 0, size) + "}", evil) == "safetensors|||clean");
}

BOOST_AUTO_TEST_CASE(bytes_of_no_tensor_are_a_finding_and_are_searched) {
    const std::string evil = pickled(call(global("os", "system"), str("x")), 4);
    BOOST_TEST(said_of("{" + entry("a", 0, 8) + "}", kEight + "more") ==
               "safetensors|PRQ-SAFETENSORS-001|malformed|suspicious");
    BOOST_TEST(said_of("{" + entry("a", 0, 4) + "," + entry("b", 6, 8) + "}", kEight) ==
               "safetensors|PRQ-SAFETENSORS-001|malformed|suspicious");
    const FileReport hidden = test::scan(framed("{" + entry("a", 0, 8) + "}", kEight + evil));
    BOOST_TEST(ids(hidden) == "PRQ-SAFETENSORS-001 PRQ-PICKLE-048 PRQ-PICKLE-001");
}

BOOST_AUTO_TEST_CASE(what_readers_disagree_about_is_a_finding) {
    BOOST_TEST(said_of("{" + entry("a", 0, 8) + "," + entry("\\u0061", 0, 8) + "}", kEight) ==
               "safetensors|PRQ-SAFETENSORS-002|malformed|suspicious");
    BOOST_TEST(said_of("{" + entry("a", 0, 8) + "," + entry("b", 4, 8) + "}", kEight) ==
               "safetensors|PRQ-SAFETENSORS-003|malformed|suspicious");
    BOOST_TEST(said_of("{" + entry("a\\u0000b", 0, 8) + "}", kEight) ==
               "safetensors|PRQ-SAFETENSORS-004|malformed|suspicious");
    BOOST_TEST(said_of("{" + entry("\xe2\x80\xae", 0, 8) + "}", kEight) ==
               "safetensors|PRQ-SAFETENSORS-004||suspicious");
    BOOST_TEST(said_of(R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8],"x":1}})", kEight) ==
               "safetensors|PRQ-SAFETENSORS-005||clean");
}

BOOST_AUTO_TEST_CASE(a_length_that_reads_as_proto_is_no_pickle) {
    for (const std::size_t length : {0x80U, 0x280U, 0x4'0280U}) {
        const std::string start = "{\"__metadata__\":{\"a\":\"";
        const std::string end = "\"}," + entry("a", 0, 8) + "}";
        const std::string fill(length - start.size() - end.size(), 'x');
        BOOST_TEST(said_of(start + fill + end, kEight) == "safetensors|||clean");
    }
}

BOOST_AUTO_TEST_CASE(damage_is_a_gap) {
    BOOST_TEST(said_of("{" + entry("a", 0, 9) + "}", kEight) ==
               "safetensors||malformed|incomplete");
    BOOST_TEST(said_of("{\"a\":7}", kEight) == "safetensors||malformed|incomplete");
}

BOOST_AUTO_TEST_CASE(an_index_refers_to_its_shards) {
    const FileReport report =
        test::scan(R"({"weight_map":{"a":"one.safetensors","b":"one.safetensors","c":"two"}})");
    BOOST_TEST_REQUIRE(report.references.size() == 2U);
    BOOST_TEST(report.references[0].name == "one.safetensors");
    BOOST_TEST(report.references[1].name == "two");
    BOOST_TEST(ids(report).empty());
}

BOOST_AUTO_TEST_CASE(an_index_names_plain_files) {
    for (const std::string& name : {"../a"s, "/a"s, "a/b"s, "a\\\\b"s, ".."s, ""s}) {
        const FileReport report = test::scan(R"({"weight_map":{"a":")" + name + R"("}})");
        BOOST_TEST(ids(report) == "PRQ-SAFETENSORS-006", name);
        BOOST_TEST(report.references.empty());
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace pratique::scanner
