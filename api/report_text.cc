// The report for people, 80 columns wide where names allow it.
#include <algorithm>
#include <array>

#include "api/report.h"
#include "base/text.h"

namespace pratique::api {
namespace {

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
        ++counts_.at(static_cast<std::size_t>(verdict));
        if (verdict == Verdict::clean && !options_.all) return;
        headline(file, verdict);
        for (const Finding& finding : file.report.findings) this->finding(finding);
        for (const Gap& gap : file.report.gaps) this->gap(gap);
    }

    std::string finish(const ScanReport& report) {
        const std::size_t total = report.files.size();
        out_ += std::to_string(total) + (total == 1 ? " file: " : " files: ");
        std::string counts;
        for (std::size_t i = counts_.size(); i-- > 0;) {
            if (counts_.at(i) == 0) continue;
            if (!counts.empty()) counts += ", ";
            counts += std::to_string(counts_.at(i)) + " ";
            counts += name(static_cast<Verdict>(i));
        }
        out_ += counts.empty() ? "nothing to scan" : counts;
        out_ += "     isolation " + std::string(name(report.isolation.tier())) + ", binding " +
                std::string(name(report.binding())) + "\n";
        for (const sandbox::Missing& missing : report.isolation.missing) {
            out_ +=
                "     without " + std::string(name(missing.layer)) + ": " + reason(missing) + "\n";
        }
        return std::move(out_);
    }

private:
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

    void gap(const Gap& gap) {
        std::string place = gap.artifact.empty() ? "" : gap.artifact + " ";
        place += "at " + std::to_string(gap.offset) + ": " + gap.message;
        row("gap", name(gap.reason), place);
    }

    const TextOptions& options_;
    std::array<std::size_t, 4> counts_{};
    std::string out_;
};

}  // namespace

std::string text_report(const ScanReport& report, const TextOptions& options) {
    TextReport out(options);
    for (const ScannedFile& file : report.files) out.file(file);
    return out.finish(report);
}

}  // namespace pratique::api
