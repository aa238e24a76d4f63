#include "api/references.h"

#include <sys/stat.h>

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

void find(RuleId rule, const Reference& reference, FileReport& report) {
    report.findings.push_back(
        scanner::finding_of(rule, reference.artifact, reference.offset, escape(reference.name)));
}

void gap(GapReason reason, std::string_view why, const Reference& reference, FileReport& report) {
    report.gaps.push_back({reason, reference.artifact, reference.offset,
                           escape(reference.name) + ": " + escape(why)});
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

void follow(const FoundFile& file, const Reference& reference, FileReport& report) {
    if (file.path == "-") {
        return gap(GapReason::not_present, "a stream has no folder", reference, report);
    }
    const Found found = find_below(file.path, reference.name);
    if (!found.files.empty()) return look_at(found.files.front(), reference, report);
    const Unscannable& other = found.unscannable.front();
    if (other.reason == GapReason::link_outside) {
        return find(RuleId::file_reference_outside, reference, report);
    }
    gap(other.reason, other.message, reference, report);
}

}  // namespace

void follow_references(const FoundFile& file, FileReport& report) {
    for (const Reference& reference : std::exchange(report.references, {})) {
        follow(file, reference, report);
    }
}

}  // namespace pratique::api
