#include "api/references.h"

#include <sys/stat.h>

#include <filesystem>
#include <map>
#include <optional>
#include <utility>

#include "base/text.h"
#include "rules/findings.h"
#include "scanner/report.h"

namespace pratique::api {
namespace {

using rules::RuleId;
using scanner::FileReport;
using scanner::GapReason;
using scanner::Reference;
using scanner::Verdict;

void find(RuleId rule, const Reference& reference, FileReport& report) {
    report.findings.push_back(
        scanner::finding_of(rule, reference.artifact, reference.offset, escape(reference.name)));
}

void gap(GapReason reason, std::string_view why, const Reference& reference, FileReport& report) {
    report.gaps.push_back({reason, reference.artifact, reference.offset,
                           escape(reference.name) + ": " + escape(why)});
}

/// The path that leads to the same file whatever links were taken; empty if there is none.
std::string real_path(const FoundFile& file) {
    std::error_code error;
    const auto path = std::filesystem::canonical(file.opened_as(), error);
    return error ? std::string() : path.native();
}

void look_at(const FoundFile& there, const Reference& reference, FileReport& report) {
    struct stat info {};
    if (::stat(there.opened_as().c_str(), &info) != 0) {
        return gap(GapReason::not_present, "gone", reference, report);
    }
    if (info.st_nlink > 1) find(RuleId::file_reference_hard_link, reference, report);
    if (static_cast<std::uint64_t>(info.st_size) < reference.bytes) {
        find(RuleId::file_reference_short, reference, report);
    }
}

/// The file, if it is there.
std::optional<FoundFile> follow(const FoundFile& file, const Reference& reference,
                                FileReport& report) {
    if (file.path == "-") {
        gap(GapReason::not_present, "a stream has no folder", reference, report);
        return std::nullopt;
    }
    Found found = find_below(file.path, reference.name);
    if (!found.files.empty()) {
        look_at(found.files.front(), reference, report);
        return std::move(found.files.front());
    }
    const Unscannable& other = found.unscannable.front();
    if (other.reason == GapReason::link_outside) {
        find(RuleId::file_reference_outside, reference, report);
    } else {
        gap(other.reason, other.message, reference, report);
    }
    return std::nullopt;
}

}  // namespace

std::vector<std::string> follow_references(const FoundFile& file, FileReport& report) {
    std::vector<std::string> out;
    for (const Reference& reference : std::exchange(report.references, {})) {
        if (const auto there = follow(file, reference, report)) out.push_back(real_path(*there));
    }
    return out;
}

void judge_what_is_read(std::span<const std::vector<std::string>> paths,
                        std::span<const FoundFile> files, std::span<ScannedFile> reports) {
    std::map<std::string, Verdict, std::less<>> verdicts;
    for (std::size_t i = 0; i < files.size(); ++i) {
        const Verdict verdict = scanner::verdict(reports[i].report);
        if (verdict >= Verdict::suspicious) verdicts.emplace(real_path(files[i]), verdict);
    }
    for (std::size_t i = 0; i < files.size(); ++i) {
        for (const std::string& path : paths[i]) {
            const auto read = verdicts.find(path);
            if (read == verdicts.end()) continue;
            auto finding = scanner::finding_of(RuleId::file_reads_unsafe, "", 0,
                                               escape(path.substr(path.rfind('/') + 1)));
            if (read->second == Verdict::suspicious) finding.severity = scanner::Severity::medium;
            reports[i].report.findings.push_back(std::move(finding));
        }
    }
}

}  // namespace pratique::api
