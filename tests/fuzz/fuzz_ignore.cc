// Ignore rules hide what they name, until they expire, and lose nothing.
#include <cstdlib>

#include "api/suppress/ignore.h"
#include "api/suppress/suppress.h"
#include "base/bytes.h"
#include "base/text.h"
#include "rules/findings.h"

namespace {

/// One file with a finding and a gap.
pratique::api::ScanReport some_report() {
    using namespace pratique;
    api::ScanReport out;
    out.files.resize(1);
    out.files[0].path = "model.pkl";
    out.files[0].report.findings.push_back(
        scanner::finding_of(scanner::RuleId::pickle_dangerous_call, "", 0, ""));
    out.files[0].report.gaps.push_back({scanner::GapReason::encrypted, "", 0, "encrypted"});
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pratique;
    const auto rules = api::read_ignore_rules(text(std::as_bytes(std::span(data, size))));
    if (!rules) return rules.error().detail.empty() ? std::abort(), 0 : 0;
    for (const std::int64_t now : {INT64_MIN, std::int64_t{1'700'000'000}, INT64_MAX}) {
        api::ScanReport report = some_report();
        api::suppress(report, &*rules, nullptr, now);
        const api::ScannedFile& file = report.files[0];
        if (file.report.findings.size() + file.suppressed.findings.size() != 1) std::abort();
        if (file.report.gaps.size() + file.suppressed.gaps.size() != 1) std::abort();
        if (now == INT64_MAX && !file.suppressed.empty()) std::abort();
    }
    for (const api::IgnoreRule& rule : rules->rules) {
        const api::ShownRule shown = api::shown(rule);
        if (rule.finding.has_value() == rule.gap.has_value()) std::abort();
        if (!is_printable(shown.path) || !is_printable(shown.reason)) std::abort();
    }
    return 0;
}
