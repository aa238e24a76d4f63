#include "api/suppress/suppress.h"

#include "api/report/report.h"
#include "base/time.h"
#include "judged.h"
#include "policies.h"
#include "rules/findings.h"

using namespace api_test;

namespace {

const std::string kOther(64, 'b');

ScanReport report_of(std::vector<ScannedFile> files) {
    ScanReport out;
    out.rules_digest = std::string(64, 'c');
    out.files = std::move(files);
    return out;
}

Baseline baseline_of(const ScanReport& report) {
    auto read = Baseline::read(json_report(report));
    BOOST_REQUIRE_MESSAGE(read, test::why(read));
    return *std::move(read);
}

/// One file, compared with another state of it.
ScannedFile since(const ScannedFile& before, const ScannedFile& now) {
    const Baseline baseline = baseline_of(report_of({before}));
    ScanReport report = report_of({now});
    suppress(report, nullptr, &baseline, 0);
    return report.files[0];
}

ScannedFile evil(const std::string& evidence = "os.system(\"x\")") {
    return with(file("m/a.pkl"), RuleId::pickle_dangerous_call, evidence);
}

std::string rule(const std::string& members) {
    return R"({"version":1,"ignore":[{)" + members + "}]}";
}

const std::string kGood =
    R"("finding":"PRQ-PICKLE-001","path":"m/*","reason":"looked at","expires":"2030-01-31")";

IgnoreRules rules_of(const std::string& members) {
    auto read = read_ignore_rules(rule(members));
    BOOST_REQUIRE_MESSAGE(read, test::why(read));
    return *std::move(read);
}

ScannedFile under(const IgnoreRules& rules, const ScannedFile& now, const char* time) {
    ScanReport report = report_of({now});
    suppress(report, &rules, nullptr, utc_seconds(time).value());
    return report.files[0];
}

}  // namespace

BOOST_AUTO_TEST_SUITE(suppressing)

BOOST_AUTO_TEST_CASE(what_the_same_bytes_had_is_known) {
    const ScannedFile out = since(evil(), evil());
    BOOST_TEST((out.since == Since::unchanged));
    BOOST_TEST(out.report.findings.empty());
    BOOST_TEST(out.suppressed.findings.size() == 1U);
    BOOST_TEST((scanner::verdict(out.report) == Verdict::clean));
    BOOST_TEST((verdict_in_full(out) == Verdict::malicious));
    const ScannedFile gap = with(file("m/a"), GapReason::unknown_format);
    BOOST_TEST(since(gap, gap).suppressed.gaps.size() == 1U);
}

BOOST_AUTO_TEST_CASE(an_offset_and_a_message_may_differ) {
    ScannedFile now = evil();
    now.report.findings[0].offset += 7;
    now.report.findings[0].message = "in other words";
    BOOST_TEST(since(evil(), now).report.findings.empty());
}

BOOST_AUTO_TEST_CASE(in_a_file_that_changed_everything_counts) {
    ScannedFile now = evil();
    now.sha256 = kOther;
    const ScannedFile out = since(evil(), now);
    BOOST_TEST((out.since == Since::changed));
    BOOST_TEST(out.report.findings.size() == 1U);
    BOOST_TEST(out.suppressed.empty());
}

BOOST_AUTO_TEST_CASE(without_a_digest_nothing_is_known) {
    ScannedFile before = evil();
    before.sha256 = "";
    BOOST_TEST((since(before, evil()).since == Since::no_digest));
    BOOST_TEST(since(before, evil()).report.findings.size() == 1U);
    // Nor is a file without one a file that is the same.
    BOOST_TEST(since(before, before).report.findings.size() == 1U);
    BOOST_TEST(since(evil(), before).report.findings.size() == 1U);
}

BOOST_AUTO_TEST_CASE(another_path_is_another_file) {
    ScannedFile moved = evil();
    moved.path = "m/b.pkl";
    BOOST_TEST((since(evil(), moved).since == Since::absent));
    BOOST_TEST(since(evil(), moved).report.findings.size() == 1U);
    moved.path = "./m//a.pkl";  // the same one
    BOOST_TEST((since(evil(), moved).since == Since::unchanged));
}

BOOST_AUTO_TEST_CASE(what_only_other_rules_find_is_new) {
    // Another rule, evidence, artifact, severity, capability: each as if the rules had changed.
    const auto counts = [](auto change) {
        ScannedFile now = evil();
        change(now.report.findings[0]);
        return since(evil(), now).report.findings.size();
    };
    BOOST_TEST(counts([](auto&) {}) == 0U);
    BOOST_TEST(counts([](auto& one) { one.rule = RuleId::pickle_unknown_call; }) == 1U);
    BOOST_TEST(counts([](auto& one) { one.evidence = "os.system(\"y\")"; }) == 1U);
    BOOST_TEST(counts([](auto& one) { one.artifact = "other.pkl"; }) == 1U);
    BOOST_TEST(counts([](auto& one) { one.severity = scanner::Severity::high; }) == 1U);
    BOOST_TEST(counts([](auto& one) { one.capabilities ^= 2; }) == 1U);
}

BOOST_AUTO_TEST_CASE(each_of_the_earlier_ones_stands_for_one) {
    const ScannedFile twice = with(evil(), RuleId::pickle_dangerous_call, "os.system(\"x\")");
    BOOST_TEST(since(evil(), twice).report.findings.size() == 1U);
    BOOST_TEST(since(evil(), twice).suppressed.findings.size() == 1U);
    BOOST_TEST(since(twice, twice).report.findings.empty());
}

BOOST_AUTO_TEST_CASE(gaps_of_the_machine_are_never_known) {
    for (const GapReason reason :
         {GapReason::limit, GapReason::unreadable, GapReason::special_file, GapReason::link_outside,
          GapReason::changed, GapReason::crashed, GapReason::timed_out, GapReason::out_of_memory,
          GapReason::denied_call, GapReason::no_sandbox, GapReason::too_many}) {
        const ScannedFile one = with(file("a"), reason);
        BOOST_TEST(since(one, one).report.gaps.size() == 1U, scanner::name(reason));
    }
}

BOOST_AUTO_TEST_CASE(what_is_about_other_files_is_never_known) {
    for (const RuleId rule :
         {RuleId::file_reads_unsafe, RuleId::file_reference_short, RuleId::pickle_sidecar_import,
          RuleId::pickle_shadowed_package, RuleId::config_local_code, RuleId::sandbox_protocol}) {
        const ScannedFile one = with(file("a"), rule, "shard.bin");
        BOOST_TEST(since(one, one).report.findings.size() == 1U, rules::info(rule).id);
    }
}

BOOST_AUTO_TEST_CASE(a_baseline_of_a_report_with_a_baseline) {
    const Baseline first = baseline_of(report_of({evil()}));
    ScanReport second = report_of({evil()});
    suppress(second, nullptr, &first, 0);
    const Baseline rolled = baseline_of(second);
    ScanReport third = report_of({evil()});
    suppress(third, nullptr, &rolled, 0);
    BOOST_TEST(third.files[0].report.findings.empty());
}

BOOST_AUTO_TEST_CASE(what_a_rule_ignored_is_not_known_later) {
    const IgnoreRules rules = rules_of(kGood);
    ScanReport ignored = report_of({evil()});
    suppress(ignored, &rules, nullptr, 0);
    BOOST_TEST(ignored.files[0].report.findings.empty());
    const Baseline baseline = baseline_of(ignored);
    ScanReport later = report_of({evil()});
    suppress(later, nullptr, &baseline, 0);
    BOOST_TEST(later.files[0].report.findings.size() == 1U);
}

BOOST_AUTO_TEST_CASE(no_baselines) {
    for (const char* text :
         {"", "{", "[]", "{}", R"({"schema_version":2,"tool":{"name":"pratique"},"files":[]})",
          R"({"schema_version":1,"tool":{"name":"other","rules_digest":"x"},"files":[]})",
          R"({"schema_version":1,"tool":{"name":"pratique","rules_digest":"x"}})",
          R"({"schema_version":1,"tool":{"name":"pratique","rules_digest":"x"},"files":[{}]})"}) {
        BOOST_TEST(!Baseline::read(text), text);
    }
    // Words of a later version hide nothing, and break nothing.
    const auto later = Baseline::read(
        R"({"schema_version":1,"tool":{"name":"pratique","rules_digest":"x"},"new":1,"files":[
            {"path":"a","sha256":"x","findings":[{"rule":"PRQ-NEW-1","severity":"dire",
             "capabilities":["fly"],"artifact":"","evidence":"","more":true}],"gaps":[]}]})");
    BOOST_TEST(test::why(later) == "");
}

BOOST_AUTO_TEST_CASE(a_rule_hides_until_it_ends) {
    const IgnoreRules rules = rules_of(kGood);
    const ScannedFile out = under(rules, evil(), "2030-01-31T23:59:59Z");
    BOOST_TEST(out.report.findings.empty());
    BOOST_REQUIRE(out.suppressed.findings.size() == 1U);
    BOOST_TEST(out.suppressed.findings[0].why.reason == "looked at");
    BOOST_TEST(out.suppressed.findings[0].why.expires == "2030-01-31");
    BOOST_TEST(under(rules, evil(), "2030-02-01T00:00:00Z").report.findings.size() == 1U);
    ScanReport report = report_of({evil()});
    suppress(report, &rules, nullptr, utc_seconds("2030-02-01T00:00:00Z").value());
    BOOST_TEST(report.suppressed_by->ignore->expired.size() == 1U);
    BOOST_TEST(report.suppressed_by->ignore->unused.empty());
}

BOOST_AUTO_TEST_CASE(a_rule_hides_nothing_else) {
    const char* now = "2026-01-01T00:00:00Z";
    const IgnoreRules rules = rules_of(kGood);
    ScannedFile other = evil();
    other.path = "n/a.pkl";
    BOOST_TEST(under(rules, other, now).report.findings.size() == 1U);
    const ScannedFile another = with(file("m/a.pkl"), RuleId::pickle_unknown_call, "acme.f");
    BOOST_TEST(under(rules, another, now).report.findings.size() == 1U);
    const IgnoreRules bytes = rules_of(kGood + R"(,"sha256":")" + kOther + '"');
    BOOST_TEST(bytes.needs_digests());
    BOOST_TEST(under(bytes, evil(), now).report.findings.size() == 1U);
    ScannedFile same = evil();
    same.sha256 = kOther;
    BOOST_TEST(under(bytes, same, now).report.findings.empty());
    same.sha256 = "";
    BOOST_TEST(under(bytes, same, now).report.findings.size() == 1U);
}

BOOST_AUTO_TEST_CASE(rules_that_are_none) {
    const auto without = [](const std::string& member) {
        std::string out = kGood;
        const auto at = out.find('"' + member + '"');
        const auto end = out.find(',', at);
        return end == std::string::npos ? out.substr(0, at - 1) : out.erase(at, end + 1 - at);
    };
    for (const char* member : {"finding", "path", "reason", "expires"}) {
        BOOST_TEST(!read_ignore_rules(rule(without(member))), member);
    }
    for (const char* more :
         {R"("gap":"encrypted")", R"("sha256":"AB")", R"("until":"2030-01-01")"}) {
        BOOST_TEST(!read_ignore_rules(rule(kGood + "," + more)), more);
    }
    const std::string rest = R"("reason":"r","expires":"2030-01-31")";
    for (const char* bad :
         {R"("finding":"PRQ-NONE-001","path":"m/*",)", R"("gap":"crashed","path":"m/*",)",
          R"("gap":"limit","path":"m/*",)", R"("gap":"encrypted","path":"*/*",)"}) {
        BOOST_TEST(!read_ignore_rules(rule(bad + rest)), bad);
    }
    const std::string front = R"("gap":"encrypted","path":"m/*",)";
    for (const char* bad :
         {R"("reason":" ","expires":"2030-01-31")", R"("reason":"r","expires":"2030-02-31")",
          R"("reason":"r","expires":"never")", R"("reason":"r","expires":"")"}) {
        BOOST_TEST(!read_ignore_rules(rule(front + bad)), bad);
    }
    for (const char* text : {"{}", R"({"version":1})", R"({"version":2,"ignore":[]})", "[]"}) {
        BOOST_TEST(!read_ignore_rules(text), text);
    }
    BOOST_TEST(test::why(read_ignore_rules(R"({"version":1,"comment":"c","ignore":[]})")) == "");
    BOOST_TEST(test::why(read_ignore_rules(rule(front + rest))) == "");
}

BOOST_AUTO_TEST_CASE(a_finding_under_a_rule_does_not_lend_its_place) {
    // Known and ignored: the one place in the baseline is not free for a second one.
    const Baseline baseline = baseline_of(report_of({evil()}));
    const IgnoreRules rules = rules_of(kGood);
    ScanReport report = report_of({evil()});
    suppress(report, &rules, &baseline, 0);
    BOOST_TEST(report.files[0].suppressed.findings[0].why.by_rule);
    const SuppressedCount count = report.suppressed();
    BOOST_TEST(count.findings == 1U);
    BOOST_TEST(count.by_rules == 1U);
    BOOST_TEST(count.by_baseline == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
