// JUnit's XML, as Jenkins, GitLab and the rest read it. There is no standard; this is what all of
// them take:
//
//      testsuites ── testsuite ──┬── properties            tool, rules, isolation
//                                └── testcase, per file ── failure | error
//
// A file with a finding that makes it suspicious or malicious is a failure, one that could not be
// looked at is an error: a test that did not run is none that passed.
#include "api/report/report.h"
#include "api/report/words.h"
#include "api/report/xml.h"

namespace pratique::api {
namespace {

using scanner::Finding;
using scanner::Gap;
using scanner::Verdict;

std::string counts_of(const ScanReport& report) {
    const Counts counts = count_verdicts(report);
    const auto failures =
        count_of(counts, Verdict::malicious) + count_of(counts, Verdict::suspicious);
    const bool nothing = report.files.empty();  // is a test too, and an error
    const auto errors = count_of(counts, Verdict::incomplete) + (nothing ? 1 : 0);
    return xml_attribute("tests", std::to_string(report.files.size() + (nothing ? 1 : 0))) +
           xml_attribute("failures", std::to_string(failures)) +
           xml_attribute("errors", std::to_string(errors)) + xml_attribute("skipped", "0") +
           xml_attribute("time", "0");
}

std::string details(const ScannedFile& file) {
    std::string out;
    for (const Finding& finding : file.report.findings) {
        out += std::string(rules::name(finding.severity)) + " ";
        out += rules::info(finding.rule).id;
        out += " " + place(finding.artifact, finding.offset) + ": " + finding.message;
        if (!finding.evidence.empty()) out += ": " + finding.evidence;
        if (finding.capabilities != 0) out += " [" + rules::names(finding.capabilities) + "]";
        out += '\n';
    }
    for (const Gap& gap : file.report.gaps) {
        out += "not inspected, " + std::string(name(gap.reason)) + " " +
               place(gap.artifact, gap.offset) + ": " + gap.message + "\n";
    }
    if (!file.suppressed.empty()) out += not_counted(file) + "\n";
    for (const auto& [finding, why] : file.suppressed.findings) {
        out += "does not count, " + words(why) + ": " + std::string(rules::info(finding.rule).id) +
               " " + finding.message + ": " + finding.evidence + "\n";
    }
    for (const auto& [gap, why] : file.suppressed.gaps) {
        out += "does not count, " + words(why) + ": " + std::string(name(gap.reason)) + " " +
               gap.message + "\n";
    }
    return out;
}

/// Line by line, as xml() takes a line feed for something to be escaped.
std::string xml_lines(std::string_view lines) {
    std::string out;
    while (!lines.empty()) {
        const std::size_t end = lines.find('\n');
        out += xml(lines.substr(0, end)) + "\n";
        lines.remove_prefix(end + 1);
    }
    return out;
}

std::string headline(const ScannedFile& file, Verdict verdict) {
    if (verdict == Verdict::incomplete) return file.report.gaps.front().message;
    const Finding& finding = *worst(file.report);
    return finding.message + (finding.evidence.empty() ? "" : ": " + finding.evidence);
}

std::string test_case(const ScannedFile& file) {
    const Verdict verdict = scanner::verdict(file.report);
    std::string out = "    <testcase" + xml_attribute("classname", "pratique.scan") +
                      xml_attribute("name", file.path) + xml_attribute("file", file.path) +
                      xml_attribute("time", "0");
    const std::string lines = xml_lines(details(file));
    if (verdict == Verdict::clean) {
        if (lines.empty()) return out + "/>\n";
        return out + ">\n      <system-out>" + lines + "</system-out>\n    </testcase>\n";
    }
    const std::string element = verdict == Verdict::incomplete ? "error" : "failure";
    return out + ">\n      <" + element + xml_attribute("type", name(verdict)) +
           xml_attribute("message", headline(file, verdict)) + ">" + lines + "</" + element +
           ">\n    </testcase>\n";
}

std::string property(std::string_view name, std::string_view value) {
    return "      <property" + xml_attribute("name", name) + xml_attribute("value", value) + "/>\n";
}

}  // namespace

std::string junit_report(const ScanReport& report) {
    const std::string counts = counts_of(report);
    std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" +
                      xml_attribute("name", "pratique") + counts + ">\n  <testsuite" +
                      xml_attribute("name", "pratique scan") + counts + ">\n    <properties>\n";
    out += property("version", report.version);
    out += property("rules_digest", "sha256:" + report.rules_digest);
    out += property("isolation", name(report.isolation.tier()));
    out += property("binding", name(report.binding()));
    out += property("verdict", name(report.verdict()));
    if (report.suppressed_by) out += property("not_counted", not_counted(report));
    out += "    </properties>\n";
    for (const ScannedFile& file : report.files) out += test_case(file);
    if (report.files.empty()) {
        out +=
            "    <testcase classname=\"pratique.scan\" name=\"files\" time=\"0\">"
            "<error type=\"incomplete\" message=\"nothing to scan\"/></testcase>\n";
    }
    return out + "  </testsuite>\n</testsuites>\n";
}

}  // namespace pratique::api
