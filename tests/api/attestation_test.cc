#include "api/attest/attestation.h"

#include "judged.h"
#include "policies.h"
#include "rules/findings.h"

using namespace api_test;

namespace {

Attestation sample() {
    Attestation out;
    out.created = 1'800'000'000;
    out.version = "0.1.0";
    out.rules_digest = std::string(64, 'c');
    out.tier = sandbox::Tier::strong;
    out.binding = Binding::snapshot;
    out.limits.depth = 7;
    out.files = {with(file("a/\x1b.pkl"), RuleId::pickle_unknown_call, "acme.f"),
                 with(file("b \"q\".bin", 99), GapReason::encrypted), file("c")};
    out.files[1].sha256 = std::string(64, 'b');
    out.model_name = "acme/net";
    out.policy_name = "p";
    out.policy_digest = std::string(64, 'd');
    return out;
}

signing::Judged<Attestation> read_text(const std::string& text) {
    const auto statement = signing::read_statement(text);
    if (!statement) return statement.error();
    return read_attestation(*statement);
}

/// The text with one part replaced, which must be there.
std::string changed(std::string text, std::string_view from, std::string_view to) {
    const std::size_t at = text.find(from);
    BOOST_REQUIRE_MESSAGE(at != std::string::npos, from << " in " << text);
    return text.replace(at, from.size(), to);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(attestations)

BOOST_AUTO_TEST_CASE(what_was_written_is_read) {
    for (const std::string_view type : {kTestResult, kVerificationSummary}) {
        const Attestation wrote = sample();
        const auto read = read_text(write_attestation(wrote, type));
        BOOST_REQUIRE_MESSAGE(read, test::why(read));
        BOOST_TEST(read->created == wrote.created);
        BOOST_TEST(read->version == wrote.version);
        BOOST_TEST(read->rules_digest == wrote.rules_digest);
        BOOST_TEST((read->tier == wrote.tier));
        BOOST_TEST((read->binding == wrote.binding));
        BOOST_TEST(read->limits.depth == 7U);
        BOOST_REQUIRE(read->files.size() == wrote.files.size());
        for (std::size_t i = 0; i < wrote.files.size(); ++i) {
            BOOST_TEST(read->files[i].path == wrote.files[i].path);
            BOOST_TEST(read->files[i].size == wrote.files[i].size);
            BOOST_TEST(read->files[i].sha256 == wrote.files[i].sha256);
            BOOST_TEST((read->files[i].report == wrote.files[i].report));
        }
        const bool summary = type == kVerificationSummary;
        BOOST_TEST(read->model_name == (summary ? "acme/net" : ""));
        BOOST_TEST(read->policy_digest == (summary ? wrote.policy_digest : ""));
        BOOST_TEST(read->passed);
    }
    Attestation failed = sample();
    failed.passed = false;
    BOOST_TEST(!read_text(write_attestation(failed, kVerificationSummary))->passed);
    BOOST_TEST(!read_text(write_attestation(sample(), "https://example.org/other")));
}

BOOST_AUTO_TEST_CASE(what_contradicts_itself_is_refused) {
    const std::string good = write_attestation(sample(), kTestResult);
    BOOST_REQUIRE(read_text(good));
    const std::string other(64, 'e');
    const std::vector<std::pair<std::string, std::string>> tricks = {
        {R"("result": "WARNED")", R"("result": "PASSED")"},
        {std::string(64, 'b'), other},                    // the digest of a subject
        {R"("name": "c")", R"("name": "d")"},             // the name of a subject
        {R"("path": "c")", R"("path": "d")"},             // the name of a file
        {R"("path": "c")", R"("path": "../c")"},          // one that leads out
        {R"("path": "c")", R"("path": "a/\u001b.pkl")"},  // one twice
        {R"("name": "c")", R"("name": "a/\u001b.pkl")"},  // a subject twice
        {R"("rules_digest": "c)", R"("rules_digest": "X)"},
        {R"("tier": "strong")", R"("tier": "stronger")"},
        {R"("created": "20)", R"("created": "x20)"},
        {R"("verdict": "suspicious")", R"("verdict": "clean")"},
        {R"("severity": "medium")", R"("severity": "mild")"},
        {R"("severity": "medium")", R"("severity": "low")"},  // the verdict does not follow
        {R"("rule": "PRQ-PICKLE-003")", R"("rule": "PRQ-PICKLE-999")"},
        {R"("reason": "encrypted")", R"("reason": "tired")"},
        {R"("evidence": "acme.f")", R"("evidence": "\u001b[31m")"},
        {R"("evidence": "acme.f")", R"("evidence": "acme.f", "more": 1)"},
        {R"("depth": 7)", R"("depth": -7)"},
        {R"("version": "0.1.0")", R"("version": 1)"},
        {R"("version": "0.1.0")", R"("version": "0.1.0", "extra": 1)"},
    };
    for (const auto& [from, to] : tricks) {
        BOOST_TEST(!read_text(changed(good, from, to)), to);
    }
    // A digest of a file, the subject left alone: the last place where it stands.
    std::string text = good;
    text.replace(text.rfind(std::string(64, 'a')), 64, other);
    BOOST_TEST(!read_text(text));
    Attestation nothing = sample();
    nothing.files.clear();
    BOOST_TEST(!read_text(write_attestation(nothing, kTestResult)));
}

BOOST_AUTO_TEST_CASE(a_summary_that_says_something_else) {
    const std::string good = write_attestation(sample(), kVerificationSummary);
    for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
             {R"("verificationResult": "PASSED")", R"("verificationResult": "FINE")"},
             {R"("verificationResult": "PASSED")", R"("verificationReslt": "PASSED")"},
             {R"("resourceUri": ")", R"("resourceUrl": ")"}}) {
        BOOST_TEST(!read_text(changed(good, from, to)), to);
    }
}

BOOST_AUTO_TEST_SUITE_END()
