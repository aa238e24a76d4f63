// The verdict, the lists behind it, and their bounds.
#include "scanner/report.h"

#include "pickle_builder.h"
#include "rules/findings.h"
#include "scan_support.h"

namespace pratique::scanner {
namespace {

using namespace test;

FileReport with(std::vector<Severity> severities, int gaps) {
    FileReport out;
    for (const Severity severity : severities) {
        Finding finding = finding_of(RuleId::pickle_dangerous_call, "", 0, "");
        finding.severity = severity;
        out.findings.push_back(finding);
    }
    for (int i = 0; i < gaps; ++i) out.gaps.push_back({GapReason::malformed, "", 0, ""});
    return out;
}

BOOST_AUTO_TEST_SUITE(report)

BOOST_AUTO_TEST_CASE(the_worst_decides) {
    using S = Severity;
    BOOST_TEST(verdict_of(with({}, 0)) == "clean");
    BOOST_TEST(verdict_of(with({S::info, S::low}, 0)) == "clean");
    BOOST_TEST(verdict_of(with({}, 1)) == "incomplete");
    BOOST_TEST(verdict_of(with({S::low}, 1)) == "incomplete");
    BOOST_TEST(verdict_of(with({S::medium}, 0)) == "suspicious");
    BOOST_TEST(verdict_of(with({S::medium}, 1)) == "suspicious");
    BOOST_TEST(verdict_of(with({S::low, S::high}, 0)) == "malicious");
    BOOST_TEST(verdict_of(with({S::critical, S::medium}, 1)) == "malicious");
    BOOST_TEST(verdict_of(with({S::medium, S::info}, 0)) == "suspicious");
    BOOST_TEST((Verdict::clean < Verdict::incomplete && Verdict::incomplete < Verdict::suspicious &&
                Verdict::suspicious < Verdict::malicious));
}

BOOST_AUTO_TEST_CASE(every_reason_has_a_name_of_its_own) {
    std::set<std::string_view> seen;
    for (int i = 0; i <= static_cast<int>(GapReason::too_many); ++i) {
        const auto reason = static_cast<GapReason>(i);
        BOOST_TEST(seen.insert(name(reason)).second);
        BOOST_TEST(!meaning(reason).empty());
    }
}

BOOST_AUTO_TEST_CASE(errors_become_the_gaps_that_people_understand) {
    BOOST_TEST(name(gap_of(Errc::limit_depth)) == "limit");
    BOOST_TEST(name(gap_of(Errc::limit_bytes)) == "limit");
    BOOST_TEST(name(gap_of(Errc::encrypted)) == "encrypted");
    BOOST_TEST(name(gap_of(Errc::unsupported)) == "unsupported");
    BOOST_TEST(name(gap_of(Errc::truncated)) == "malformed");
}

BOOST_AUTO_TEST_CASE(the_worst_does_not_drown_in_a_full_list) {
    Limits limits;
    limits.reported = 5;
    std::string body = "(";
    for (int i = 0; i < 50; ++i) body += global("acme" + std::to_string(i), "thing");
    const std::string evil = call(global("os", "system"), str("true"));
    const FileReport report = test::scan(pickled(body + evil + "l"), limits);
    BOOST_TEST(report.findings.size() == 5);
    BOOST_TEST(verdict_of(report) == "malicious");
    BOOST_TEST(gaps(report) == "too-many");
}

BOOST_AUTO_TEST_CASE(what_is_said_once_is_not_said_again) {
    std::string body = "(";
    for (int i = 0; i < 50; ++i) body += make(global("acme", "Thing"));
    const FileReport report = test::scan(pickled(body + "l"));
    BOOST_TEST(ids(report) == "PRQ-PICKLE-004");
    BOOST_TEST(report.findings.size() == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace pratique::scanner
