// What of a GGUF or ggml file is reported; how it is read is tested with the parsers.
#include <boost/test/unit_test.hpp>

#include "gguf_builder.h"
#include "scan_support.h"

namespace pratique::scanner {
namespace {

using namespace test;
using test::scan;
using namespace std::string_literals;

constexpr std::uint32_t kF32 = 0;
constexpr std::uint32_t kString = 8;
const std::string kData(32, 'd');

GgufBuilder plain() { return GgufBuilder().text("general.architecture", "llama"); }

GgufBuilder with_tokens() {
    const GgufBuilder b;
    return plain().array("tokenizer.ggml.tokens", kString, 2, b.string("a") + b.string("os"));
}

std::string found(const GgufBuilder& builder) { return ids(scan(builder.file())); }

BOOST_AUTO_TEST_SUITE(gguf_files)

BOOST_AUTO_TEST_CASE(a_plain_file_is_clean) {
    for (const bool big_endian : {false, true}) {
        const auto file = GgufBuilder(3, big_endian)
                              .text("general.url", "https://example.org")
                              .text("quantize.imatrix.file", "/models/imatrix.dat")
                              .text("tokenizer.chat_template", "{{ messages[0].content }}")
                              .tensor("a", kF32, kData, 8)
                              .tensor("b", kF32, kData, 8)
                              .file();
        const auto report = scan(file);
        BOOST_TEST(identities(report) == "gguf");
        BOOST_TEST(verdict_of(report) == "clean");
        BOOST_TEST(report.findings.empty());
    }
}

BOOST_AUTO_TEST_CASE(numbers_and_names_that_break_readers) {
    const auto a = plain().tensor("a", kF32, kData, 8);
    BOOST_TEST(found(GgufBuilder(a).entry("b", kF32, 0, 8)) == "PRQ-GGUF-001");
    BOOST_TEST(found(GgufBuilder(a).tensor("a", kF32, kData, 8)) == "PRQ-GGUF-002");
    BOOST_TEST(found(plain().u32("k", 1).u32("k", 2)) == "PRQ-GGUF-002");
    BOOST_TEST(found(GgufBuilder(a).entry("b", kF32, 64, 8)) == "PRQ-GGUF-003");
    BOOST_TEST(found(GgufBuilder(a).entry("b", kF32, 32, std::uint64_t{1} << 62)) ==
               "PRQ-GGUF-004");
    BOOST_TEST(found(GgufBuilder(a).entry("b", kF32, 32, -1)) == "PRQ-GGUF-004");
    BOOST_TEST(found(plain().tensor("\u202ea", kF32, kData, 8)) == "PRQ-GGUF-006");
    BOOST_TEST(found(plain().u32("k\u200b", 1)) == "PRQ-GGUF-006");
    // Each of them is read to no end, which is said as well.
    BOOST_TEST(gaps(scan(GgufBuilder(a).entry("b", kF32, 0, 8).file())) == "malformed");
    // A file that was not downloaded to its end is no attack.
    const auto cut = scan(a.file().substr(0, a.file().size() - 8));
    BOOST_TEST(ids(cut).empty());
    BOOST_TEST(verdict_of(cut) == "incomplete");
}

BOOST_AUTO_TEST_CASE(lists_of_the_vocabulary_fit) {
    const auto scores = [](std::uint64_t count) { return std::string(4 * count, '\0'); };
    BOOST_TEST(found(with_tokens()
                         .array("tokenizer.ggml.scores", 6, 2, scores(2))
                         .array("tokenizer.ggml.token_type", 5, 2, scores(2)))
                   .empty());
    BOOST_TEST(found(with_tokens().array("tokenizer.ggml.scores", 6, 1, scores(1))) ==
               "PRQ-GGUF-005");
    BOOST_TEST(found(with_tokens().array("tokenizer.ggml.token_type", 0, 2, "ab")) ==
               "PRQ-GGUF-005");
    BOOST_TEST(found(with_tokens().u32("tokenizer.ggml.scores", 2)) == "PRQ-GGUF-005");
}

BOOST_AUTO_TEST_CASE(places_in_the_metadata) {
    BOOST_TEST(found(plain().text("x.source", "https://example.org/a")) == "PRQ-GGUF-007");
    BOOST_TEST(found(plain().text("x.file", "../../etc/passwd")) == "PRQ-GGUF-007");
    BOOST_TEST(found(plain().text("x.file", "\\\\host\\share")) == "PRQ-GGUF-007");
    BOOST_TEST(found(plain().text("x.file", "a/b").text("x.note", "/ or a: b/c\n")).empty());
    BOOST_TEST(verdict_of(scan(plain().text("x.file", "/etc/passwd").file())) == "clean");
}

BOOST_AUTO_TEST_CASE(bytes_behind_the_data_are_scanned) {
    const auto file = plain().tensor("a", kF32, kData, 8).file();
    BOOST_TEST(verdict_of(scan(file + std::string(64, '\0'))) == "clean");
    BOOST_TEST(ids(scan(file + "left over")) == "PRQ-GGUF-008");
    const auto pickle = scan(file + "\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x02id\x85R."s);
    BOOST_TEST(verdict_of(pickle) == "malicious");
}

BOOST_AUTO_TEST_CASE(templates_are_run) {
    const std::string walk = "{{ ().__class__ }}";
    const auto report = scan(plain().text("tokenizer.chat_template", walk).file());
    BOOST_TEST(ids(report) == "PRQ-JINJA-001");
    BOOST_TEST(report.findings.at(0).artifact == "tokenizer.chat_template");
    BOOST_TEST(found(plain().text("tokenizer.chat_template.rag", walk)) == "PRQ-JINJA-001");
    BOOST_TEST(found(plain().text("general.description", walk)) == "PRQ-JINJA-011");
    const GgufBuilder b;
    BOOST_TEST(found(plain().array("tokenizer.chat_templates", kString, 1, b.string(walk))) ==
               "PRQ-JINJA-001");
    // A file that is broken further on has shown its template all the same.
    BOOST_TEST(found(plain().text("tokenizer.chat_template", walk).pair("k", 99, "")) ==
               "PRQ-JINJA-001");
    BOOST_TEST(gaps(scan(plain().text("tokenizer.chat_template", "{% if %}").file())) ==
               "malformed");
}

BOOST_AUTO_TEST_CASE(files_from_before_gguf) {
    const auto n = [](std::uint64_t value) { return GgufBuilder().number(value, 4); };
    std::string head = "lmgg";
    for (const std::uint64_t parameter : {1U, 8U, 256U, 1U, 1U, 8U, 0U}) head += n(parameter);
    const std::string tensor = n(1) + n(1) + n(0) + n(8) + "w" + kData;
    const std::string file = head + n(1) + "a" + tensor;
    BOOST_TEST(identities(scan(file)) == "ggml");
    BOOST_TEST(verdict_of(scan(file)) == "clean");
    BOOST_TEST(verdict_of(scan(file.substr(0, file.size() - 1))) == "incomplete");
    BOOST_TEST(ids(scan(file + tensor)) == "PRQ-GGUF-002");
    BOOST_TEST(verdict_of(scan(file + "\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x02id\x85R."s)) ==
               "malicious");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace pratique::scanner
