// The report for people, 80 columns wide where names allow it.
#include "base/text.h"

#include <algorithm>
#include <array>

#include "api/report/log_lines.h"
#include "api/report/report.h"
#include "api/report/words.h"

namespace pratique::api {
namespace {

using scanner::FileReport;
using scanner::Finding;
using scanner::Gap;
using scanner::Verdict;

constexpr std::array<std::string_view, 4> kColours = {"\x1b[32m", "\x1b[33m", "\x1b[33m",
                                                      "\x1b[31m"};

void pad(std::string& out, std::size_t from, std::size_t to) {
    out.append(from < to ? to - from : 1, ' ');
}

class TextReport {
public:
    explicit TextReport(const TextOptions& options) : options_(options) {}

    void file(const ScannedFile& file) {
        const Verdict verdict = scanner::verdict(file.report);
        const bool suppressed = verdict == Verdict::clean && !file.suppressed.empty();
        ++(suppressed ? suppressed_ : counts_.at(static_cast<std::size_t>(verdict)));
        if (!is_listed(file, verdict)) return;
        headline(file, verdict);
        if (options_.verbose) properties(file);
        for (const Finding& finding : file.report.findings) {
            if (!options_.quiet || decides(finding)) this->finding(finding);
        }
        for (const Gap& gap : file.report.gaps) this->gap("gap", gap);
        if (options_.verbose) suppressed_ones(file.suppressed);
    }

    std::string finish(const ScanReport& report) {
        if (options_.quiet) return std::move(out_);
        const std::size_t total = report.files.size();
        out_ += std::to_string(total) + (total == 1 ? " file: " : " files: ");
        std::string counts;
        for (std::size_t i = counts_.size(); i-- > 0;) {
            if (counts_.at(i) == 0) continue;
            if (!counts.empty()) counts += ", ";
            counts += std::to_string(counts_.at(i)) + " ";
            counts += name(static_cast<Verdict>(i));
        }
        if (suppressed_ != 0) {
            counts += (counts.empty() ? "" : ", ") + std::to_string(suppressed_) + " suppressed";
        }
        out_ += counts.empty() ? "nothing to scan" : counts;
        out_ += "     isolation " + std::string(name(report.isolation.tier())) + ", binding " +
                std::string(name(report.binding())) + "\n";
        for (const sandbox::Missing& missing : report.isolation.missing) {
            out_ +=
                "     without " + std::string(name(missing.layer)) + ": " + reason(missing) + "\n";
        }
        if (report.suppressed_by) suppressed_by(report);
        return std::move(out_);
    }

private:
    bool is_listed(const ScannedFile& file, Verdict verdict) const {
        if (options_.quiet) return verdict >= options_.fail_on || !file.report.gaps.empty();
        const bool shown = options_.verbose && !file.suppressed.empty();
        return verdict != Verdict::clean || options_.all || shown;
    }

    bool decides(const Finding& finding) const {
        FileReport alone;
        alone.findings.push_back(finding);
        return scanner::verdict(alone) >= options_.fail_on;
    }

    /// What else is known of the file, on a line of its own.
    void properties(const ScannedFile& file) {
        out_ += "            " + std::to_string(file.size) + " bytes, group " +
                std::to_string(file.group);
        if (file.binding) out_ += ", binding " + std::string(name(*file.binding));
        if (file.since) out_ += ", since the baseline " + std::string(name(*file.since));
        if (!file.sha256.empty()) out_ += "\n            sha256 " + file.sha256;
        if (!file.verity.empty()) out_ += "\n            verity " + file.verity;
        out_ += '\n';
    }

    void suppressed_ones(const Suppressed& suppressed) {
        for (const auto& one : suppressed.findings) {
            row("(" + std::string(rules::name(one.what.severity)) + ")",
                rules::info(one.what.rule).id, one.what.evidence);
            out_ += "            " + words(one.why) + '\n';
        }
        for (const auto& one : suppressed.gaps) {
            gap("(gap)", one.what);
            out_ += "            " + words(one.why) + '\n';
        }
    }

    static std::string counted(std::size_t count, const char* what) {
        return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
    }

    /// What does not count, and rules that have no effect any more: never left out of a summary.
    void suppressed_by(const ScanReport& report) {
        const SuppressedCount count = report.suppressed();
        out_ += "     not counted: " + counted(count.findings, "finding") + ", " +
                counted(count.gaps, "gap") + " (" + std::to_string(count.by_baseline) +
                " known from the baseline, " + std::to_string(count.by_rules) + " ignored)\n";
        if (!report.suppressed_by->ignore) return;
        for (const ShownRule& rule : report.suppressed_by->ignore->expired) {
            out_ += "     an ignore rule has expired, on " + rule.expires + ": " + rule.what + " " +
                    rule.path + ": " + rule.reason + '\n';
        }
        if (!options_.verbose) return;
        for (const ShownRule& rule : report.suppressed_by->ignore->unused) {
            out_ += "     an ignore rule had no use: " + rule.what + " " + rule.path + '\n';
        }
    }

    void headline(const ScannedFile& file, Verdict verdict) {
        std::string kinds;
        for (const std::string& identity : file.report.identities) {
            kinds += (kinds.empty() ? "" : ", ") + identity;
        }
        const std::string right = kinds + "  " + std::string(name(verdict));
        out_ += file.path;
        pad(out_, columns(file.path), options_.width - std::min<std::size_t>(right.size(), 60));
        out_ += kinds + "  ";
        if (options_.colour) out_ += kColours.at(static_cast<std::size_t>(verdict));
        out_ += name(verdict);
        if (options_.colour) out_ += "\x1b[0m";
        out_ += '\n';
    }

    void row(std::string_view first, std::string_view second, std::string_view third) {
        out_ += "  ";
        out_ += first;
        pad(out_, first.size(), 10);
        out_ += second;
        pad(out_, second.size(), 16);
        out_ += third;
        out_ += '\n';
    }

    void finding(const Finding& finding) {
        row(rules::name(finding.severity), rules::info(finding.rule).id,
            finding.evidence.empty() ? std::string_view(finding.message)
                                     : std::string_view(finding.evidence));
        std::string place = finding.artifact.empty() ? "" : finding.artifact + " ";
        place += "at " + std::to_string(finding.offset);
        if (!finding.evidence.empty()) place += ": " + finding.message;
        if (finding.capabilities != 0) place += "  [" + rules::names(finding.capabilities) + "]";
        out_ += "            " + place + '\n';
    }

    void gap(std::string_view kind, const Gap& gap) {
        std::string place = gap.artifact.empty() ? "" : gap.artifact + " ";
        place += "at " + std::to_string(gap.offset) + ": " + gap.message;
        row(kind, name(gap.reason), place);
    }

    const TextOptions& options_;
    std::array<std::size_t, 4> counts_{};
    std::size_t suppressed_ = 0;  // files that are clean but for what does not count
    std::string out_;
};

}  // namespace

std::string text_report(const ScanReport& report, const TextOptions& options) {
    TextReport out(options);
    for (const ScannedFile& file : report.files) out.file(file);
    return without_commands(out.finish(report));
}

}  // namespace pratique::api
