#include "judged.h"
#include "policies.h"
#include "rules/findings.h"

using namespace api_test;

namespace {

/// What a policy with these members of "scan" says of files; isolation and binding are good.
std::vector<Check> judged(const std::string& members, std::vector<ScannedFile> files) {
    const auto policy = read("\"scan\":{" + members + "}");
    BOOST_REQUIRE_MESSAGE(policy, members << ": " << test::why(policy));
    return judge({std::move(files), sandbox::Tier::strong, Binding::snapshot}, policy->scan);
}

Answer worst(const std::vector<Check>& checks) {
    Decision decision;
    decision.checks = checks;
    return decision.answer();
}

/// The answer of one rule; the worst if it left several.
Answer answer(const std::vector<Check>& checks, std::string_view rule) {
    Decision decision;
    for (const Check& check : checks) {
        if (check.rule == rule) decision.checks.push_back(check);
    }
    BOOST_TEST(!decision.checks.empty(), rule);
    return decision.answer();
}

Answer of(const std::string& members, const ScannedFile& one) {
    return worst(judged(members, {one}));
}

ScannedFile unknown(const std::string& name) {
    return with(file("a"), RuleId::pickle_unknown_call, name);
}

}  // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(Answer)
BOOST_AUTO_TEST_SUITE(judging)

BOOST_AUTO_TEST_CASE(nothing_is_no_reason_to_pass) {
    BOOST_TEST(worst({}) == Answer::undecided);
    BOOST_TEST(worst(judged("", {})) == Answer::undecided);
}

BOOST_AUTO_TEST_CASE(verdicts) {
    const ScannedFile evil = with(file("a"), RuleId::pickle_dangerous_call, "os.system(\"true\")");
    const ScannedFile gap = with(file("a"), GapReason::encrypted);
    BOOST_TEST(of("", file("a")) == Answer::passed);
    for (const char* level : {"incomplete", "suspicious", "malicious"}) {
        const std::string fail_on = R"("fail_on":")" + std::string(level) + "\"";
        BOOST_TEST(of(fail_on, evil) == Answer::refused, level);
        BOOST_TEST(of(fail_on, with(evil, GapReason::encrypted)) == Answer::refused, level);
        BOOST_TEST(of(fail_on, file("a")) == Answer::passed, level);
    }
    BOOST_TEST(of(R"("fail_on":"malicious")", unknown("acme.f")) == Answer::passed);
    BOOST_TEST(of(R"("fail_on":"suspicious")", unknown("acme.f")) == Answer::refused);
    BOOST_TEST(of("", gap) == Answer::undecided);
    BOOST_TEST(of(R"("fail_on":"incomplete")", gap) == Answer::refused);
    BOOST_TEST(of(R"("fail_on":"malicious")", with(unknown("acme.f"), GapReason::encrypted)) ==
               Answer::undecided);
    // Says nothing of the file, so it cannot be refused for it.
    for (const auto reason : {GapReason::unreadable, GapReason::no_sandbox, GapReason::changed}) {
        BOOST_TEST(of(R"("fail_on":"incomplete")", with(file("a"), reason)) == Answer::undecided);
    }
    BOOST_TEST(worst(judged("", {file("a"), evil, gap})) == Answer::refused);
}

BOOST_AUTO_TEST_CASE(what_was_accepted_is_listed_and_nothing_else_is) {
    const std::string accept = R"("accept_findings":["PRQ-PICKLE-003"])";
    const auto checks = judged(accept, {unknown("acme.f")});
    BOOST_TEST(answer(checks, "scan.accept_findings") == Answer::passed);
    BOOST_TEST(worst(checks) == Answer::passed);
    BOOST_TEST(of(accept, with(unknown("acme.f"), RuleId::pickle_dangerous_call, "os.system()")) ==
               Answer::refused);
    const std::string gaps = R"("accept_gaps":["encrypted"])";
    BOOST_TEST(of(gaps, with(file("a"), GapReason::encrypted)) == Answer::passed);
    BOOST_TEST(of(gaps, with(with(file("a"), GapReason::encrypted), GapReason::malformed)) ==
               Answer::undecided);
    BOOST_TEST(of(gaps, with(file("a"), GapReason::unsupported)) == Answer::undecided);
}

BOOST_AUTO_TEST_CASE(imports_that_are_allowed) {
    const std::string allow = R"("allow_imports":["acme.*","bee.layers.Net"])";
    for (const char* name : {"acme.f", "acme.a.b.f", "bee.layers.Net"}) {
        BOOST_TEST(of(allow, unknown(name)) == Answer::passed, name);
    }
    for (const char* name : {"acme", "acmes.f", "bee.layers.Nets", "other.acme.f", ""}) {
        BOOST_TEST(of(allow, unknown(name)) == Answer::refused, name);
    }
    // What a module of the package imported is no part of it.
    for (const char* name : {"acme.os.system", "acme.tools.subprocess.Popen", "acme.builtins.eval",
                             "acme.a.importlib.import_module"}) {
        BOOST_TEST(of(allow, unknown(name)) == Answer::refused, name);
    }
    // Whoever wrote the very name meant it.
    BOOST_TEST(of(R"("allow_imports":["acme.os.system"])", unknown("acme.os.system")) ==
               Answer::passed);
    // Other findings speak of names, too, and are never allowed by one.
    BOOST_TEST(of(allow, with(file("a"), RuleId::pickle_dangerous_call, "acme.f")) ==
               Answer::refused);
    BOOST_TEST(of(allow, with(file("a"), RuleId::pickle_unknown_class, "acme.Net")) ==
               Answer::passed);
    BOOST_TEST(of(allow, with(file("a"), RuleId::pickle_unknown_import, "acme.Net")) ==
               Answer::passed);
}

BOOST_AUTO_TEST_CASE(formats_that_are_allowed) {
    const std::string only = R"("formats":["pickle","text"])";
    ScannedFile one = file("a");
    BOOST_TEST(of(only, one) == Answer::passed);
    one.report.identities = {"pickle", "zip"};  // of several all must be allowed
    BOOST_TEST(answer(judged(only, {one}), "scan.formats") == Answer::refused);
    one.report.identities = {};
    BOOST_TEST(answer(judged(only, {one}), "scan.formats") == Answer::refused);
    BOOST_TEST(of("", one) == Answer::passed);
}

BOOST_AUTO_TEST_CASE(capabilities_that_are_refused) {
    ScannedFile one = file("a");
    one.report.findings.push_back(
        scanner::finding_of(RuleId::pickle_unknown_call, "", 0, "acme.f"));
    one.report.findings.back().severity = rules::Severity::low;
    one.report.findings.back().capabilities =
        static_cast<scanner::Capabilities>(rules::Capability::network);
    BOOST_TEST(of("", one) == Answer::passed);
    BOOST_TEST(of(R"("refuse_capabilities":["network"])", one) == Answer::refused);
    BOOST_TEST(of(R"("refuse_capabilities":["execute"])", one) == Answer::passed);
    BOOST_TEST(of(R"("refuse_capabilities":["network"],"accept_findings":["PRQ-PICKLE-003"])",
                  one) == Answer::passed);
}

BOOST_AUTO_TEST_CASE(sizes) {
    BOOST_TEST(of(R"("max_file_bytes":10)", file("a", 10)) == Answer::passed);
    BOOST_TEST(of(R"("max_file_bytes":9)", file("a", 10)) == Answer::refused);
    const std::vector<ScannedFile> two = {file("a", UINT64_MAX), file("b", 2)};
    BOOST_TEST(answer(judged(R"("max_files":1)", two), "scan.max_files") == Answer::refused);
    BOOST_TEST(answer(judged(R"("max_files":2)", two), "scan.max_files") == Answer::passed);
    // Their sum does not wrap around.
    BOOST_TEST(answer(judged(R"("max_total_bytes":100)", two), "scan.max_total_bytes") ==
               Answer::refused);
}

BOOST_AUTO_TEST_CASE(how_it_was_looked_at) {
    const auto policy = read(R"("scan":{"fail_on":"malicious"})");
    const auto asked = [&](sandbox::Tier tier, Binding binding) {
        return worst(judge({{file("a")}, tier, binding}, policy->scan));
    };
    BOOST_TEST(asked(sandbox::Tier::strong, Binding::snapshot) == Answer::passed);
    BOOST_TEST(asked(sandbox::Tier::full, Binding::verity) == Answer::passed);
    BOOST_TEST(asked(sandbox::Tier::basic, Binding::snapshot) == Answer::undecided);
    BOOST_TEST(asked(sandbox::Tier::strong, Binding::weak) == Answer::undecided);
}

BOOST_AUTO_TEST_SUITE_END()
