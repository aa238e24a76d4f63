#include "api/gate/policy.h"

#include <filesystem>
#include <set>

#include "judged.h"
#include "policies.h"
#include "rules/findings.h"

using namespace api_test;

namespace {

/// What is wrong with a policy of these members.
std::string problem(const std::string& members) {
    const auto policy = read(members);
    BOOST_REQUIRE_MESSAGE(!policy, members);
    BOOST_TEST((policy.error().reason == signing::Reason::bad_trust), members);
    return policy.error().detail;
}

std::string problem_of_scan(const std::string& members) { return problem("\"scan\":" + members); }

std::string problem_of_attestation(const std::string& members) {
    return problem("\"trust\":" + some_trust() + ",\"attestation\":" + members);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(policies)

BOOST_AUTO_TEST_CASE(without_members_it_is_strict) {
    const auto policy = read("");
    BOOST_REQUIRE(policy);
    BOOST_TEST(!policy->warn);
    BOOST_TEST(!policy->signature_required);
    BOOST_TEST(!policy->trust.has_value());
    BOOST_TEST((policy->scan.fail_on == Verdict::suspicious));
    BOOST_TEST((policy->scan.min_tier == sandbox::Tier::strong));
    BOOST_TEST(policy->scan.accepted_gaps.empty());
    BOOST_TEST(!policy->attestation.instead_of_scan);
    BOOST_TEST(policy->digest.size() == 64U);
    BOOST_TEST(policy->digest != read(R"("name":"another")")->digest);
}

BOOST_AUTO_TEST_CASE(every_member_is_read) {
    const auto policy = read(
        R"("name":"n","mode":"warn","comment":"c","signature":{"required":true},
           "scan":{"fail_on":"malicious","formats":["pickle"],"refuse_capabilities":["execute"],
                   "allow_imports":["acme.*"],"accept_findings":["PRQ-PICKLE-003"],
                   "accept_gaps":["encrypted"],"max_file_bytes":1,"max_files":2,
                   "max_total_bytes":3,"min_isolation":"full"},
           "attestation":{"required":true,"max_age_days":2,"min_version":"1.2",
                          "rules_digests":[")" +
        std::string(64, 'b') + R"("]},"trust":)" + some_trust());
    BOOST_REQUIRE_MESSAGE(policy, test::why(policy));
    BOOST_TEST(policy->name == "n");
    BOOST_TEST(policy->warn);
    BOOST_TEST(policy->signature_required);
    BOOST_TEST(policy->trust->keys.size() == 1U);
    BOOST_TEST((policy->scan.fail_on == Verdict::malicious));
    BOOST_TEST(policy->scan.formats == std::vector<std::string>{"pickle"});
    BOOST_TEST(rules::has(policy->scan.refused_capabilities, rules::Capability::execute));
    BOOST_TEST(policy->scan.allowed_imports == std::vector<std::string>{"acme.*"});
    BOOST_TEST(policy->scan.accepted_findings.contains(RuleId::pickle_unknown_call));
    BOOST_TEST(policy->scan.accepted_gaps.contains(GapReason::encrypted));
    BOOST_TEST(policy->scan.max_file_bytes.value() == 1U);
    BOOST_TEST(policy->scan.max_files.value() == 2U);
    BOOST_TEST(policy->scan.max_total_bytes.value() == 3U);
    BOOST_TEST((policy->scan.min_tier == sandbox::Tier::full));
    BOOST_TEST(policy->attestation.required);
    BOOST_TEST(policy->attestation.instead_of_scan);  // what is required is also used
    BOOST_TEST(policy->attestation.max_age == 2 * 86'400);
    BOOST_TEST(policy->attestation.min_version == "1.2");
}

BOOST_AUTO_TEST_CASE(what_is_no_policy) {
    for (const char* text : {"", "[]", "{", "null", "{} {}", R"({"version":1,"version":1})",
                             R"({"version":2})", "{}", R"({"version":"1"})", "\xef\xbb\xbf{}"}) {
        const auto policy = read_policy(text, no_file);
        BOOST_TEST(!policy, text);
    }
    BOOST_TEST(problem(R"("scna":{})").starts_with("policy.scna"));
    BOOST_TEST(problem(R"("mode":"audit")") == "policy.mode: is not enforce or warn");
    BOOST_TEST(problem(R"("name":1)") == "policy.name: must be a string");
    BOOST_TEST(problem(R"("scan":[])") == "policy.scan: must be an object");
    BOOST_TEST(problem(R"("signature":{})") == "policy.signature.required: needs trust");
    BOOST_TEST(problem(R"("signature":{"requird":true})").starts_with("policy.signature"));
    BOOST_TEST(problem(R"("trust":"far.json")").starts_with("policy.trust: far.json"));
    BOOST_TEST(problem(R"("trust":{"version":1})").find("trust.expires") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_scan) {
    const std::string at = "policy.scan.";
    BOOST_TEST(problem_of_scan(R"({"failon":"x"})").starts_with(at + "failon"));
    for (const char* word : {"clean", "bad", ""}) {
        BOOST_TEST(problem_of_scan(R"({"fail_on":")" + std::string(word) + R"("})") ==
                   at + "fail_on: is not incomplete, suspicious or malicious");
    }
    BOOST_TEST(problem_of_scan(R"({"formats":"pickle"})") ==
               at + "formats: must be an array of strings");
    BOOST_TEST(problem_of_scan(R"({"formats":[]})") == at + "formats: is empty");
    BOOST_TEST(problem_of_scan(R"({"refuse_capabilities":["fly"]})") ==
               at + "refuse_capabilities: holds what is none: fly");
    for (const char* pattern : {"*", "", "*.*", "?*", "..."}) {
        BOOST_TEST(problem_of_scan(R"({"allow_imports":[")" + std::string(pattern) + R"("]})") ==
                   at + "allow_imports: holds a pattern that allows everything");
    }
    BOOST_TEST(problem_of_scan(R"({"accept_findings":["PRQ-NONE-1"]})") ==
               at + "accept_findings: holds no rule: PRQ-NONE-1");
    BOOST_TEST(problem_of_scan(R"({"max_files":-1})").starts_with(at + "max_files: must be"));
    BOOST_TEST(problem_of_scan(R"({"max_file_bytes":1.5})").starts_with(at + "max_file_bytes"));
    for (const char* tier : {"none", "weak"}) {
        BOOST_TEST(problem_of_scan(R"({"min_isolation":")" + std::string(tier) + R"("})") ==
                   at + "min_isolation: is not basic, strong or full");
    }
}

BOOST_AUTO_TEST_CASE(gaps_of_this_machine_are_never_accepted) {
    const std::set<std::string_view> fine = {"unknown-format", "not-inspected", "malformed",
                                             "encrypted",      "unsupported",   "not-present"};
    const auto asked = [](std::string_view reason) {
        return read(R"("scan":{"accept_gaps":[")" + std::string(reason) + R"("]})");
    };
#define PRATIQUE_CHECK(id, spelling, meaning) \
    BOOST_TEST(static_cast<bool>(asked(spelling)) == fine.contains(spelling), spelling);
    PRATIQUE_GAPS(PRATIQUE_CHECK)
#undef PRATIQUE_CHECK
    BOOST_TEST(!asked("anything"));
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_attestation) {
    const std::string at = "policy.attestation.";
    for (const char* days : {"{}", R"({"max_age_days":0})", R"({"max_age_days":36501})"}) {
        BOOST_TEST(problem_of_attestation(days) == at + "max_age_days: must be a number of days");
    }
    const auto wrong = [&](const std::string& member) {
        return problem_of_attestation(R"({"max_age_days":1,)" + member + "}");
    };
    for (const char* version : {"", "1.", ".1", "1.x", "v1", "-1", "99999999999999999999"}) {
        BOOST_TEST(wrong(R"("min_version":")" + std::string(version) + "\"") ==
                   at + "min_version: is no version");
    }
    BOOST_TEST(wrong(R"("rules_digests":["AA"])").starts_with(at + "rules_digests: holds no"));
    BOOST_TEST(wrong(R"("rules_digests":[])") == at + "rules_digests: is empty");
    BOOST_TEST(wrong(R"("required":"yes")") == at + "required: must be true or false");
    BOOST_TEST(wrong(R"("max_age":1)").starts_with(at + "max_age"));
    BOOST_TEST(problem(R"("attestation":{"max_age_days":1,"instead_of_scan":true})") ==
               at + "instead_of_scan: needs trust");
    BOOST_TEST(problem(R"("attestation":{"max_age_days":1,"required":true})") ==
               at + "instead_of_scan: needs trust");
}

BOOST_AUTO_TEST_CASE(versions) {
    for (const auto& [have, want, enough] :
         std::vector<std::tuple<const char*, const char*, bool>>{{"1.2.0", "1.2", true},
                                                                 {"1.2", "1.2.0", true},
                                                                 {"1.2", "1.2.1", false},
                                                                 {"1.10", "1.9", true},
                                                                 {"0.9", "1", false},
                                                                 {"2", "1.9.9", true},
                                                                 {"1.x", "1", false},
                                                                 {"", "0", false},
                                                                 {"1", "", false}}) {
        BOOST_TEST(is_at_least(have, want) == enough, have << " of " << want);
    }
}

BOOST_AUTO_TEST_CASE(the_examples_are_policies) {
    const std::filesystem::path folder = PRATIQUE_SOURCE_DIR "/samples/policies";
    std::set<std::string> names;
    for (const auto& one : std::filesystem::directory_iterator(folder)) {
        if (one.path().extension() != ".json" ||
            one.path().filename().native().starts_with("trust"))
            continue;
        const auto policy = read_policy_file(one.path());
        BOOST_REQUIRE_MESSAGE(policy, one.path() << ": " << test::why(policy));
        BOOST_TEST(!policy->name.empty());
        names.insert(one.path().filename());
    }
    BOOST_TEST((names == std::set<std::string>{"research.json", "safetensors-only.json",
                                               "signed-and-clean.json"}));
    const auto strict = read_policy_file(folder / "signed-and-clean.json");
    BOOST_TEST(strict->signature_required);
    BOOST_TEST(strict->trust->keys.size() == 2U);
    BOOST_TEST(read_policy_file(folder / "research.json")->warn);
}

BOOST_AUTO_TEST_SUITE_END()
