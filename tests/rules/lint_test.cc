#include "rules/lint.h"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

using namespace pratique::rules;

namespace {

// A rule that passes, with the members after `id` given as text.
std::string rule(const std::string& id, const std::string& match,
                 const std::string& rest = R"("severity": "high", "capabilities": ["execute"])",
                 const std::string& verdict = "dangerous") {
    return R"({"id": ")" + id + R"(", "verdict": ")" + verdict +
           R"(", "title": "A title", "why": "A reason that is long enough.", "match": [)" + match +
           "], " + rest + R"(, "examples": {"hit": ["a.b"], "miss": ["z.z"]}})";
}

std::vector<std::string> lint_of(const std::string& rules, const std::string& more = "") {
    const std::vector<SourceFile> files = {{"f.json", R"({"rules": [)" + rules + "]" + more + "}"}};
    return lint(files);
}

// Whether exactly one complaint comes, and holds `part`.
bool complains(const std::vector<std::string>& lines, std::string_view part) {
    for (const std::string& line : lines) {
        BOOST_TEST_MESSAGE(line);
    }
    return lines.size() == 1 && lines[0].find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rules_lint)

BOOST_AUTO_TEST_CASE(a_good_rule_passes) {
    BOOST_TEST(lint_of(rule("A-1", R"("a.b", "c.*")")).empty());
    BOOST_TEST(lint_of(rule("A-1", R"("a.b")", R"("effects": ["call"])", "vetted")).empty());
}

BOOST_AUTO_TEST_CASE(the_schema_is_strict) {
    const std::string good = R"("severity": "high", "capabilities": ["execute"])";
    BOOST_TEST(complains(lint_of(rule("A", R"("a.b")", good + R"(, "sverity": "low")")),
                         "unknown key sverity"));
    const auto without_examples = lint_of(R"({"id": "A", "verdict": "vetted", "title": "T",
        "why": "A reason that is long enough.", "match": ["a.b"], "effects": ["call"]})");
    BOOST_TEST(without_examples.size() == 2U);
    BOOST_TEST(without_examples[0].find("no examples") != std::string::npos);
    BOOST_TEST(complains(
        lint_of(rule("A", R"("a.b")", R"("severity": "hgih", "capabilities": ["execute"])")),
        "unknown severity hgih"));
    BOOST_TEST(complains(
        lint_of(rule("A", R"("a.b")", R"("severity": "high", "capabilities": ["execute", "fly"])")),
        "capability fly"));
    BOOST_TEST(complains(lint_of(rule("A", R"("a.b")", R"("severity": "high")")),
                         "severity and capabilities belong"));
    BOOST_TEST(complains(lint_of(rule("A", R"("a.b")", R"("kind": "class")", "vetted")),
                         "effects belong to vetted rules"));
    BOOST_TEST(complains(
        lint_of(rule("A", R"("a.b")",
                     R"("effects": ["call"], "follows": {"argument": 0, "effect": "fly"})",
                     "vetted")),
        "followed by call or construct"));
    BOOST_TEST(complains(lint_of("7"), "an object is expected"));
    BOOST_TEST(complains(lint_of("", R"(, "ruls": [])"), "unknown key ruls"));
    BOOST_TEST(complains(lint({{SourceFile{"f.json", "{"}}}), "not strict JSON"));
    BOOST_TEST(complains(lint_of("", R"(, "reexports": [["a", "b"]])"), "number of fields"));
}

BOOST_AUTO_TEST_CASE(ids_are_unique_and_in_order) {
    BOOST_TEST(complains(lint_of(rule("A", R"("a.b")") + "," + rule("B", R"("c.d")")),
                         "B: does not hit a.b"));
    const auto twice = lint_of(rule("A", R"("a.b")") + "," + rule("A", R"("a.*")"));
    BOOST_TEST(twice.size() == 2U);
    BOOST_TEST(twice[0].find("the id is used twice") != std::string::npos);
    const auto order = lint_of(rule("B", R"("a.b")") + "," + rule("A", R"("a.*")"));
    BOOST_TEST(order[0].find("not in the order") != std::string::npos);
    BOOST_TEST(complains(lint_of(rule("a b", R"("a.b")")), "an id is made of"));
}

BOOST_AUTO_TEST_CASE(patterns_are_checked) {
    BOOST_TEST(complains(lint_of(rule("A", R"("a.b", "c*")")), "no pattern: c*"));
    BOOST_TEST(complains(lint_of(rule("A", R"("a..b", "a.b")")), "no pattern: a..b"));
    BOOST_TEST(complains(lint_of(rule("A", R"("c.d", "a.b")")), "not in order"));
    BOOST_TEST(complains(lint_of(rule("A", R"("a.*", "a.b")")), "a.* already covers a.b"));
    const auto shadowed = lint_of(rule("A", R"("a.b")") + "," + rule("B", R"("a.b")"));
    BOOST_TEST(shadowed.size() == 2U);
    BOOST_TEST(shadowed[0].find("also matched by A") != std::string::npos);
    const std::string except = R"("severity": "high", "capabilities": ["execute"], "except": )";
    BOOST_TEST(complains(lint_of(rule("A", R"("a.*")", except + R"(["b.c"])")),
                         "excepts what it does not match"));
    BOOST_TEST(
        complains(lint_of(rule("A", R"("a.*")", except + R"(["a.b"])")), "does not hit a.b"));
    BOOST_TEST(complains(lint_of(rule("A", R"("a.*")", R"("effects": ["import"])", "vetted")),
                         "one by one"));
    BOOST_TEST(complains(
        lint_of(rule("A", R"("a.*")", R"("kind": "class", "effects": ["call"])", "vetted")),
        "not for calls"));
}

BOOST_AUTO_TEST_CASE(findings_and_generated_entries_are_checked) {
    const auto finding = [](const std::string& id, const std::string& text_name) {
        return R"(, "findings": [{"id": ")" + id + R"(", "name": ")" + text_name +
               R"(", "title": "T", "severity": "low", "capabilities": [],
               "why": "A reason that is long enough.", "advice": ""}])";
    };
    BOOST_TEST(lint_of("", finding("PRQ-A-001", "a_name")).empty());
    BOOST_TEST(complains(lint_of("", finding("PRQ-A-1", "a_name")), "PRQ-AREA-NNN"));
    BOOST_TEST(complains(lint_of("", finding("PRQ-A-001", "b_name")), "PRQ-AREA-NNN"));
    const std::string one = R"({"name": "a.B", "evidence": "seen"})";
    BOOST_TEST(complains(lint_of("", R"(, "classes": [)" + one + "," + one + "]"), "listed twice"));
    BOOST_TEST(complains(lint_of("", R"(, "reexports": [["a", "b", "c"], ["a", "b", "d"]])"),
                         "re-exports two modules"));
    // A name must fit the eight bits that a table has for its length.
    const std::string endless(300, 'a');
    BOOST_TEST(complains(lint_of(rule("A", R"("a.b", ")" + endless + "\"")), "name is too long"));
}

BOOST_AUTO_TEST_CASE(the_rules_of_the_project_pass) {
    std::vector<SourceFile> files;
    const std::filesystem::path folder = std::filesystem::path(PRATIQUE_SOURCE_DIR) / "rules";
    for (const auto& item : std::filesystem::recursive_directory_iterator(folder)) {
        if (item.path().extension() == ".json") {
            std::ifstream in(item.path());
            std::ostringstream text;
            text << in.rdbuf();
            files.push_back({item.path().filename().string(), text.str()});
        }
    }
    BOOST_TEST(files.size() > 10U);
    for (const std::string& line : lint(files)) {
        BOOST_ERROR(line);
    }
}

BOOST_AUTO_TEST_SUITE_END()
