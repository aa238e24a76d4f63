#include "api/report/words.h"

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <utility>

namespace pratique::api {

using rules::Capability;
using rules::Severity;
using scanner::FileReport;
using scanner::Finding;
using scanner::GapReason;
using scanner::Verdict;

namespace {

/// What a capability lets a file do, in the order in which it matters to whoever loads it.
struct Phrase {
    Capability capability;
    std::string_view what;
};
constexpr auto kPhrases = std::to_array<Phrase>({
    {Capability::execute, "run code or start programs"},
    {Capability::native_code, "run native code"},
    {Capability::import_, "import modules that it chooses"},
    {Capability::file_write, "write or delete files"},
    {Capability::file_read, "read files"},
    {Capability::network, "use the network"},
    {Capability::environment, "read or change the environment"},
    {Capability::reflection, "reach into the running interpreter"},
    {Capability::deserialize, "load more data that can do all this"},
    {Capability::resource, "use up memory or time"},
});

Severity worst_severity(const FileReport& report) {
    const Finding* found = worst(report);
    return found == nullptr ? Severity::info : found->severity;
}

}  // namespace

Counts count_verdicts(const ScanReport& report) {
    Counts out{};
    for (const ScannedFile& file : report.files) {
        ++out.at(static_cast<std::size_t>(scanner::verdict(file.report)));
    }
    return out;
}

std::size_t count_of(const Counts& counts, Verdict verdict) {
    return counts.at(static_cast<std::size_t>(verdict));
}

std::string_view meaning(Verdict verdict) {
    switch (verdict) {
        case Verdict::malicious: return "does harm when it is loaded, or hides something";
        case Verdict::suspicious: return "does what nobody has vetted";
        case Verdict::incomplete: return "could not be looked at as a whole";
        case Verdict::clean: return "all was read, and nothing was found";
    }
    return {};
}

std::vector<const ScannedFile*> files_of(const ScanReport& report, Verdict verdict) {
    std::vector<const ScannedFile*> out;
    for (const ScannedFile& file : report.files) {
        if (scanner::verdict(file.report) == verdict) out.push_back(&file);
    }
    std::stable_sort(out.begin(), out.end(), [](const auto* a, const auto* b) {
        return worst_severity(a->report) > worst_severity(b->report);
    });
    return out;
}

const Finding* worst(const FileReport& report) {
    const auto found = std::max_element(
        report.findings.begin(), report.findings.end(),
        [](const Finding& a, const Finding& b) { return a.severity < b.severity; });
    return found == report.findings.end() ? nullptr : &*found;
}

std::vector<Group> grouped(const std::vector<Finding>& findings) {
    std::vector<const Finding*> sorted;
    sorted.reserve(findings.size());
    for (const Finding& finding : findings) sorted.push_back(&finding);
    const auto key = [](const Finding& f) { return std::tie(f.rule, f.message); };
    std::stable_sort(sorted.begin(), sorted.end(), [&](const auto* a, const auto* b) {
        return a->severity != b->severity ? a->severity > b->severity : key(*a) < key(*b);
    });
    std::vector<Group> out;
    for (const Finding* finding : sorted) {
        const bool same = !out.empty() && out.back().first().severity == finding->severity &&
                          key(out.back().first()) == key(*finding);
        if (!same) out.emplace_back();
        out.back().findings.push_back(finding);
    }
    return out;
}

std::vector<Deed> deeds(const FileReport& report) {
    constexpr std::size_t kMostShown = 3;
    std::vector<Deed> out;
    for (const Phrase& phrase : kPhrases) {
        Deed deed{phrase.what, {}};
        bool does = false;
        for (const Finding& finding : report.findings) {
            if (finding.severity < Severity::high) continue;
            if (!rules::has(finding.capabilities, phrase.capability)) continue;
            does = true;
            const auto& seen = deed.evidence;
            const bool known = std::find(seen.begin(), seen.end(), finding.evidence) != seen.end();
            if (finding.evidence.empty() || known || seen.size() == kMostShown) continue;
            deed.evidence.emplace_back(finding.evidence);
        }
        if (does) out.push_back(std::move(deed));
    }
    return out;
}

std::string_view loading_it(const FileReport& report) {
    return worst_severity(report) == Severity::critical ? "Loading this file would"
                                                        : "Loading this file could";
}

std::string place(std::string_view artifact, std::uint64_t offset) {
    std::string out(artifact);
    if (!out.empty()) out += ' ';
    return out + "at " + std::to_string(offset);
}

std::string_view advice(GapReason reason) {
    switch (reason) {
        case GapReason::unknown_format:
        case GapReason::not_inspected: return "Decide yourself, if you know the format.";
        case GapReason::malformed: return "Fetch it again. A loader may do more with it than fail.";
        case GapReason::encrypted:
        case GapReason::unsupported: return "Unpack it yourself and scan the result.";
        case GapReason::limit: return "Raise the limit if you trust the size.";
        case GapReason::not_present: return "Fetch the data that it stands for, and scan it too.";
        case GapReason::unreadable: return "Make it readable, and scan again.";
        case GapReason::special_file: return "Name the pipe itself, or copy the file.";
        case GapReason::link_outside: return "Name what the link leads to as well.";
        case GapReason::changed: return "Scan a copy.";
        case GapReason::crashed:
        case GapReason::timed_out:
        case GapReason::out_of_memory:
        case GapReason::denied_call: return "Treat the file as hostile, and report it.";
        case GapReason::no_sandbox:
            return "See pratique sandbox check: this machine has less isolation than was asked "
                   "for.";
        case GapReason::too_many: return "What is listed is reason enough.";
    }
    return {};
}

std::string with_commas(std::uint64_t number) {
    std::string digits = std::to_string(number);
    for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
    return digits;
}

std::string count_text(std::size_t count, std::string_view noun) {
    return with_commas(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::string size_text(std::uint64_t bytes) {
    constexpr auto kUnits = std::to_array<std::string_view>({"KiB", "MiB", "GiB", "TiB", "PiB"});
    if (bytes < 1024) return count_text(bytes, "byte");
    std::uint64_t tenths = bytes * 10 / 1024;
    if (bytes > UINT64_MAX / 10) tenths = bytes / 1024 * 10;
    std::size_t unit = 0;
    while (tenths >= 10240 && unit + 1 < kUnits.size()) tenths /= 1024, ++unit;
    return with_commas(tenths / 10) + "." + std::to_string(tenths % 10) + " " +
           std::string(kUnits.at(unit));
}

std::string not_counted(const ScanReport& report) {
    if (!report.suppressed_by) return "";
    const SuppressedCount count = report.suppressed();
    return count_text(count.findings, "finding") + " and " + count_text(count.gaps, "gap") +
           " do not count: " + std::to_string(count.by_baseline) + " known from the baseline, " +
           std::to_string(count.by_rules) + " ignored";
}

std::string not_counted(const ScannedFile& file) {
    if (file.suppressed.empty()) return "";
    return std::string(name(verdict_in_full(file))) + " with " +
           count_text(file.suppressed.findings.size(), "finding") + " and " +
           count_text(file.suppressed.gaps.size(), "gap") + " that do not count";
}

std::string words(const Suppression& why) {
    return why.by_rule ? "ignored until " + why.expires + ": " + why.reason
                       : "known from the baseline";
}

}  // namespace pratique::api
