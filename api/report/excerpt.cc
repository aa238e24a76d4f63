#include "api/report/excerpt.h"

#include <algorithm>
#include <deque>
#include <filesystem>

#include "api/report/uri.h"
#include "api/report/words.h"

namespace pratique::api {
namespace {

using rules::Severity;
using scanner::Finding;

constexpr std::size_t kMostFiles = 100;
constexpr std::size_t kMostExcerpts = 4;
constexpr std::size_t kLinesBefore = 8;
constexpr std::size_t kMostLines = 40;
constexpr std::size_t kLongestLine = 240;

std::string cut(std::string_view line) {
    if (line.size() <= kLongestLine) return std::string(line);
    std::size_t end = kLongestLine;
    while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xc0U) == 0x80) --end;
    return std::string(line.substr(0, end)) + "…";
}

/// "            ** critical PRQ-PICKLE-001: words", of a finding that the scan had too.
bool marks(std::string_view line, const std::vector<Finding>& findings) {
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    if (!line.starts_with("** ")) return false;
    line.remove_prefix(3);
    return std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) {
        const std::string words = std::string(rules::name(finding.severity)) + " " +
                                  std::string(rules::info(finding.rule).id) + ": " +
                                  finding.message;
        return finding.severity >= Severity::high && line.starts_with(words);
    });
}

/// Goes along a listing and keeps what is near to a mark.
class Excerpts {
public:
    explicit Excerpts(const std::vector<Finding>& findings) : findings_(findings) {}

    void line(std::string_view text) {
        if (text.empty()) return;
        if (text.front() != ' ') {  // opens the listing of one pickle
            header_ = cut(text);
            before_.clear();
            open_ = false;
        } else if (marks(text, findings_)) {
            take(text);
        } else {
            before_.push_back(cut(text));
            if (before_.size() <= kLinesBefore) return;
            before_.pop_front();
            open_ = false;  // lines lie between this and the piece before
        }
    }
    std::vector<Excerpt> finish() { return std::move(out_); }

private:
    void take(std::string_view text) {
        if (!open_) {
            if (out_.size() == kMostExcerpts) return;
            out_.push_back({header_, {}});
            open_ = true;
        }
        auto& lines = out_.back().lines;
        if (lines.size() + before_.size() >= kMostLines) return;
        lines.insert(lines.end(), before_.begin(), before_.end());
        before_.clear();
        lines.push_back(cut(text));
    }

    const std::vector<Finding>& findings_;
    std::string header_;
    std::deque<std::string> before_;
    bool open_ = false;  // the last piece goes on with before_
    std::vector<Excerpt> out_;
};

/// Whether the name leads to what can be read once more.
bool can_read_again(const std::string& path) {
    std::error_code error;
    return std::filesystem::is_regular_file(path, error) && !error;
}

}  // namespace

std::vector<Excerpt> excerpts_of(std::string_view listing, const std::vector<Finding>& findings) {
    Excerpts out(findings);
    while (!listing.empty()) {
        const std::size_t end = std::min(listing.find('\n'), listing.size());
        out.line(listing.substr(0, end));
        listing.remove_prefix(std::min(end + 1, listing.size()));
    }
    return out.finish();
}

void explain_dangerous(ScanReport& report, const ScanOptions& options) {
    std::size_t done = 0;
    for (const ScannedFile* worst : files_of(report, scanner::Verdict::malicious)) {
        if (done == kMostFiles) break;
        auto& file = report.files[static_cast<std::size_t>(worst - report.files.data())];
        const std::string path = unescape(file.path);
        if (!file.binding || !can_read_again(path)) continue;
        ++done;
        file.excerpts = excerpts_of(explain(path, options).listing, file.report.findings);
    }
}

}  // namespace pratique::api
