// Decisions as JUnit's XML: a model is a suite, each rule that was asked of it a test. What a
// policy that only warns would have refused is skipped: it neither passed nor failed.
#include "api/gate/gate.h"
#include "api/report/xml.h"

namespace pratique::api {
namespace {

std::string outcome(const Check& check) {
    const std::string said = xml_attribute("message", check.message);
    switch (check.answer) {
        case Answer::passed: return "/>\n";
        case Answer::warned: return "><skipped" + said + "/></testcase>\n";
        case Answer::undecided: return "><error type=\"undecided\"" + said + "/></testcase>\n";
        case Answer::refused: return "><failure type=\"refused\"" + said + "/></testcase>\n";
    }
    return {};
}

std::string test_case(const Decision& decision, const Check& check) {
    const std::string name = check.rule + (check.subject.empty() ? "" : ": " + check.subject);
    return "    <testcase" + xml_attribute("classname", decision.model) +
           xml_attribute("name", name) + " time=\"0\"" + outcome(check);
}

std::string counts_of(const std::vector<Check>& checks) {
    std::size_t failures = 0;
    std::size_t errors = 0;
    std::size_t skipped = 0;
    for (const Check& check : checks) {
        failures += check.answer == Answer::refused ? 1U : 0U;
        errors += check.answer == Answer::undecided ? 1U : 0U;
        skipped += check.answer == Answer::warned ? 1U : 0U;
    }
    return xml_attribute("tests", std::to_string(checks.size())) +
           xml_attribute("failures", std::to_string(failures)) +
           xml_attribute("errors", std::to_string(errors)) +
           xml_attribute("skipped", std::to_string(skipped)) + " time=\"0\"";
}

}  // namespace

std::string junit_report(const std::vector<Decision>& decisions) {
    std::vector<Check> all;
    std::string suites;
    for (const Decision& decision : decisions) {
        all.insert(all.end(), decision.checks.begin(), decision.checks.end());
        suites += "  <testsuite" + xml_attribute("name", decision.model) +
                  counts_of(decision.checks) + ">\n";
        for (const Check& check : decision.checks) suites += test_case(decision, check);
        suites += "  </testsuite>\n";
    }
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"pratique gate\"" +
           counts_of(all) + ">\n" + suites + "</testsuites>\n";
}

}  // namespace pratique::api
