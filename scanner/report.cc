#include "scanner/report.h"

#include <algorithm>
#include <array>

namespace pratique::scanner {
namespace {

struct GapRow {
    std::string_view name;
    std::string_view meaning;
};

constexpr auto kGaps = std::to_array<GapRow>({
#define PRATIQUE_ROW(name, spelling, meaning) {spelling, meaning},
    PRATIQUE_GAPS(PRATIQUE_ROW)
#undef PRATIQUE_ROW
});

constexpr std::array<std::string_view, 4> kVerdicts = {"clean", "incomplete", "suspicious",
                                                       "malicious"};

}  // namespace

std::string_view name(Verdict verdict) { return kVerdicts.at(static_cast<std::size_t>(verdict)); }
std::string_view name(GapReason reason) { return kGaps.at(static_cast<std::size_t>(reason)).name; }
std::string_view meaning(GapReason reason) {
    return kGaps.at(static_cast<std::size_t>(reason)).meaning;
}

GapReason gap_of(Errc code) {
    if (name(code).starts_with("limit_")) return GapReason::limit;
    if (code == Errc::encrypted) return GapReason::encrypted;
    if (code == Errc::unsupported) return GapReason::unsupported;
    return GapReason::malformed;
}

Finding finding_of(RuleId rule, std::string artifact, std::uint64_t offset, std::string evidence) {
    const rules::FindingInfo& info = rules::info(rule);
    return {rule,   info.severity,       info.capabilities,      std::move(artifact),
            offset, std::move(evidence), std::string(info.title)};
}

Verdict verdict(const FileReport& report) {
    Verdict worst = report.gaps.empty() ? Verdict::clean : Verdict::incomplete;
    for (const Finding& finding : report.findings) {
        if (finding.severity >= Severity::high) return Verdict::malicious;
        if (finding.severity == Severity::medium) worst = Verdict::suspicious;
    }
    return worst;
}

}  // namespace pratique::scanner
