#include "api/report/reader.h"
#include "api/report/report.h"
#include "policies.h"
#include "rules/findings.h"

using namespace api_test;

namespace {

std::string written(const ScannedFile& one) {
    json::Writer out;
    put_file(out, one);
    return out.take();
}

/// What is wrong with a file's report; empty if nothing is.
std::string problem(const std::string& text, ScannedFile* out = nullptr) {
    const auto value = json::parse(text, 16);
    BOOST_REQUIRE_MESSAGE(value, text);
    std::string found;
    json::Fields in(*value, "file", found);
    ScannedFile read = read_scanned_file(in);
    if (out != nullptr) *out = std::move(read);
    return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(report_reader)

BOOST_AUTO_TEST_CASE(every_word_is_known_again) {
    const auto all = rules::findings();
    for (std::size_t i = 0; i < all.size(); ++i) {
        BOOST_TEST((rule_named(all[i].id) == static_cast<RuleId>(i)), all[i].id);
        ScannedFile wrote = with(file("a"), static_cast<RuleId>(i), "evidence \\ here");
        ScannedFile read;
        BOOST_TEST(problem(written(wrote), &read) == "");
        BOOST_TEST((read.report == wrote.report), all[i].id);
    }
#define PRATIQUE_CHECK(id, spelling, meaning)                \
    {                                                        \
        BOOST_TEST((gap_named(spelling) == GapReason::id));  \
        ScannedFile wrote = with(file("a"), GapReason::id);  \
        ScannedFile read;                                    \
        BOOST_TEST(problem(written(wrote), &read) == "");    \
        BOOST_TEST((read.report == wrote.report), spelling); \
    }
    PRATIQUE_GAPS(PRATIQUE_CHECK)
#undef PRATIQUE_CHECK
    for (unsigned bit = 0; bit < rules::kCapabilityCount; ++bit) {
        const auto one = static_cast<rules::Capability>(1U << bit);
        BOOST_TEST((capability_named(rules::name(one)) == one));
    }
    for (const char* word : {"", "Clean", "clean ", "anything"}) {
        BOOST_TEST(!rule_named(word));
        BOOST_TEST(!gap_named(word));
        BOOST_TEST(!capability_named(word));
        BOOST_TEST(!verdict_named(word));
        BOOST_TEST(!tier_named(word));
        BOOST_TEST(!binding_named(word));
    }
}

BOOST_AUTO_TEST_CASE(the_verdict_must_follow) {
    const std::string clean = written(file("a"));
    BOOST_TEST(problem(clean) == "");
    for (const char* verdict : {"incomplete", "suspicious", "malicious", "good"}) {
        std::string text = clean;
        text.replace(text.find("clean"), 5, verdict);
        BOOST_TEST(problem(text) == "file.verdict: does not follow from the findings");
    }
}

/// The answer to a report with this in the place of that.
std::string answer(std::string_view that, std::string_view by) {
    ScanReport report;
    report.version = "99.0.0";
    report.files.push_back(with(file("a"), RuleId::pickle_unknown_call, "evidence"));
    std::string text = json_report(report);
    if (const auto at = text.find(that); !that.empty()) {
        BOOST_REQUIRE(at != std::string::npos);
        text.replace(at, that.size(), by);
    }
    const auto read = read_report(text);
    const auto* why = std::get_if<std::string>(&read);
    return why == nullptr ? "" : *why;
}

BOOST_AUTO_TEST_CASE(the_schema_decides_and_not_the_version) {
    BOOST_TEST(answer("", "") == "");
    // What a later version says besides, anywhere.
    BOOST_TEST(answer("\"offset\"", "\"new\": [1], \"offset\"") == "");
    BOOST_TEST(answer("\"path\"", "\"new\": {}, \"path\"") == "");
    BOOST_TEST(answer("\"binding\"", "\"new\": null, \"binding\"") == "");
    for (const std::string other : {"0", "2"}) {
        BOOST_TEST(answer("\"schema_version\": 1", "\"schema_version\": " + other) ==
                   "its schema_version is " + other + ", and only 1 is read");
    }
    BOOST_TEST(!answer("\"schema_version\": 1", "\"schema_version\": \"1\"").empty());
    BOOST_TEST(!answer("\"schema_version\": 1,", "").empty());
}

BOOST_AUTO_TEST_CASE(a_word_of_a_later_version) {
    const std::string unknown = answer("PRQ-PICKLE-003", "PRQ-PICKLE-999");
    BOOST_TEST(unknown.ends_with("rule: is not known; it was made by version 99.0.0"), unknown);
}

BOOST_AUTO_TEST_CASE(text_that_would_reach_a_terminal) {
    for (const char* member : {"evidence", "artifact", "message"}) {
        ScannedFile one = with(file("a"), RuleId::pickle_unknown_call, "fine");
        auto& finding = one.report.findings[0];
        (member == std::string("evidence")   ? finding.evidence
         : member == std::string("artifact") ? finding.artifact
                                             : finding.message) = "\x1b[31m";
        BOOST_TEST(problem(written(one))
                       .ends_with(std::string(member) + ": holds what must not be printed"));
    }
    ScannedFile gap = with(file("a"), GapReason::encrypted);
    gap.report.gaps[0].message = "\n";
    BOOST_TEST(problem(written(gap)).ends_with("message: holds what must not be printed"));
    ScannedFile odd = file("a");
    odd.report.identities = {"\x7f"};
    BOOST_TEST(problem(written(odd)) == "file.identities: holds what must not be printed");
}

BOOST_AUTO_TEST_SUITE_END()
