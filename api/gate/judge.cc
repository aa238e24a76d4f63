// What a policy says of what a scan found.
#include <fnmatch.h>

#include <algorithm>

#include "api/gate/gate.h"
#include "base/checked.h"
#include "rules/findings.h"

namespace pratique::api {
namespace {

using scanner::FileReport;
using scanner::Finding;
using scanner::Gap;
using scanner::RuleId;
using scanner::Verdict;

/// Findings whose evidence is the name that nobody vetted, and nothing else.
bool is_unknown_name(RuleId rule) {
    return rule == RuleId::pickle_unknown_call || rule == RuleId::pickle_unknown_class ||
           rule == RuleId::pickle_unknown_import;
}

/// A pattern with wildcards speaks of a package. A name may lead through one of its modules to what
/// that module imported ("acme.tools.os.system"), which is no part of it.
bool ends_in_danger(std::string_view name) {
    for (std::size_t dot = name.find('.'); dot != std::string_view::npos;
         dot = name.find('.', dot + 1)) {
        const rules::Rule* rule = rules::find(name.substr(dot + 1));
        if (rule != nullptr && rule->standing != rules::Standing::vetted) return true;
    }
    return false;
}

bool allows(const std::string& pattern, const std::string& name) {
    if (pattern == name) return true;
    return ::fnmatch(pattern.c_str(), name.c_str(), 0) == 0 && !ends_in_danger(name);
}

class Judging {
public:
    Judging(const Evidence& evidence, const ScanPolicy& policy)
        : evidence_(evidence), policy_(policy) {}

    std::vector<Check> run() {
        if (evidence_.files.empty()) add("scan", "", Answer::undecided, "there is nothing to scan");
        for (const ScannedFile& file : evidence_.files) look_at(file);
        look_at_totals();
        if (evidence_.binding == Binding::weak) {
            add("scan", "", Answer::undecided, "no verdict is tied to the bytes of live files");
        }
        return std::move(checks_);
    }

private:
    void add(std::string rule, std::string subject, Answer answer, std::string message) {
        checks_.push_back({std::move(rule), std::move(subject), answer, std::move(message)});
    }

    void look_at(const ScannedFile& file) {
        FileReport rest;
        rest.identities = file.report.identities;
        for (const Finding& finding : file.report.findings) {
            if (!accepts(file, finding)) rest.findings.push_back(finding);
        }
        for (const Gap& gap : file.report.gaps) {
            if (!accepts(file, gap)) rest.gaps.push_back(gap);
        }
        look_at_verdict(file, rest);
        look_at_capabilities(file, rest);
        look_at_formats(file);
        if (policy_.max_file_bytes && file.size > *policy_.max_file_bytes) {
            add("scan.max_file_bytes", file.path, Answer::refused,
                std::to_string(file.size) + " bytes");
        }
    }

    bool accepts(const ScannedFile& file, const Finding& finding) {
        const std::string what = std::string(rules::info(finding.rule).id) + " " + finding.evidence;
        if (policy_.accepted_findings.contains(finding.rule)) {
            add("scan.accept_findings", file.path, Answer::passed, what);
            return true;
        }
        if (!is_unknown_name(finding.rule)) return false;
        for (const std::string& pattern : policy_.allowed_imports) {
            if (!allows(pattern, finding.evidence)) continue;
            add("scan.allow_imports", file.path, Answer::passed, what + " by " + pattern);
            return true;
        }
        return false;
    }

    bool accepts(const ScannedFile& file, const Gap& gap) {
        if (!policy_.accepted_gaps.contains(gap.reason)) return false;
        add("scan.accept_gaps", file.path, Answer::passed,
            std::string(name(gap.reason)) + " " + gap.artifact);
        return true;
    }

    void look_at_verdict(const ScannedFile& file, const FileReport& rest) {
        const Verdict verdict = scanner::verdict(rest);
        const bool refused = verdict >= policy_.fail_on && verdict != Verdict::clean;
        for (const Finding& finding : rest.findings) {
            if (!refused || finding.severity < rules::Severity::medium) continue;
            add("scan.fail_on", file.path, Answer::refused,
                std::string(rules::info(finding.rule).id) + " " + finding.message + ": " +
                    finding.evidence);
        }
        const Answer open =
            policy_.fail_on == Verdict::incomplete ? Answer::refused : Answer::undecided;
        for (const Gap& gap : rest.gaps) {
            add("scan.fail_on", file.path, is_of_machine(gap.reason) ? Answer::undecided : open,
                std::string(name(gap.reason)) + " " + gap.artifact +
                    (gap.artifact.empty() ? "" : ": ") + gap.message);
        }
        if (!refused && rest.gaps.empty()) {
            add("scan.fail_on", file.path, Answer::passed, std::string(name(verdict)));
        }
    }

    /// Says nothing about the file, so that no policy could refuse the file for it.
    static bool is_of_machine(scanner::GapReason reason) {
        return reason == scanner::GapReason::unreadable ||
               reason == scanner::GapReason::no_sandbox || reason == scanner::GapReason::changed;
    }

    void look_at_capabilities(const ScannedFile& file, const FileReport& rest) {
        for (const Finding& finding : rest.findings) {
            const auto bad = static_cast<scanner::Capabilities>(finding.capabilities &
                                                                policy_.refused_capabilities);
            if (bad == 0) continue;
            add("scan.refuse_capabilities", file.path, Answer::refused,
                rules::names(bad) + ": " + finding.evidence);
        }
    }

    void look_at_formats(const ScannedFile& file) {
        if (policy_.formats.empty()) return;
        if (file.report.identities.empty()) {
            add("scan.formats", file.path, Answer::refused, "no format was found");
        }
        for (const std::string& identity : file.report.identities) {
            const auto& allowed = policy_.formats;
            const bool known = std::find(allowed.begin(), allowed.end(), identity) != allowed.end();
            add("scan.formats", file.path, known ? Answer::passed : Answer::refused, identity);
        }
    }

    void look_at_totals() {
        std::uint64_t bytes = 0;
        for (const ScannedFile& file : evidence_.files) bytes = saturating_add(bytes, file.size);
        const auto limit = [&](const char* rule, std::uint64_t value,
                               const std::optional<std::uint64_t>& most) {
            if (!most) return;
            add(rule, "", value > *most ? Answer::refused : Answer::passed,
                std::to_string(value) + " of at most " + std::to_string(*most));
        };
        limit("scan.max_files", evidence_.files.size(), policy_.max_files);
        limit("scan.max_total_bytes", bytes, policy_.max_total_bytes);
        if (evidence_.files.empty()) return;
        const bool enough = evidence_.tier >= policy_.min_tier;
        add("scan.min_isolation", "", enough ? Answer::passed : Answer::undecided,
            std::string(name(evidence_.tier)));
    }

    const Evidence& evidence_;
    const ScanPolicy& policy_;
    std::vector<Check> checks_;
};

}  // namespace

std::vector<Check> judge(const Evidence& evidence, const ScanPolicy& policy) {
    return Judging(evidence, policy).run();
}

}  // namespace pratique::api
