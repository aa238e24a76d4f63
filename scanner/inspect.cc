#include "scanner/inspect.h"

#include <algorithm>
#include <cstring>

#include "rules/findings.h"
#include "scanner/checks/pickle/check.h"
#include "scanner/extension.h"
#include "scanner/identify.h"

namespace pratique::scanner {
namespace {

/// Bytes that two formats claim.
bool is_polyglot(const std::vector<Identity>& identities) {
    const auto count = [&](auto predicate) {
        return std::count_if(identities.begin(), identities.end(), predicate);
    };
    const auto strong = count([](const Identity& id) { return !id.weak; });
    const auto weak_pickle =
        count([](const Identity& id) { return id.weak && id.name == "pickle"; });
    return strong + weak_pickle > 1;
}

std::string names_of(const std::vector<Identity>& identities) {
    std::string out;
    for (const Identity& id : identities) {
        if (!out.empty()) out += ", ";
        out += id.name;
    }
    return out;
}

void inspect_opaque(Scan& scan, const Artifact& artifact) {
    search_hidden_pickles(scan, artifact);
    scan.gap(GapReason::unknown_format, artifact, 0);
}

}  // namespace

bool is_blank(Bytes bytes) {
    if (bytes.empty()) return true;
    if (bytes.front() != std::byte{0}) return false;
    // Comparing the bytes with themselves, shifted by one, is the fastest way to say "all equal".
    const Bytes shifted = bytes.subspan(1);
    return shifted.empty() || std::memcmp(bytes.data(), shifted.data(), shifted.size()) == 0;
}

// NOLINTNEXTLINE(misc-no-recursion): through Scan::descend, bounded by Limits::depth
void inspect(Scan& scan, const Artifact& artifact) {
    const bool is_file = artifact.chain.empty();
    if (is_blank(artifact.bytes)) {
        if (is_file) {
            scan.identity("empty");
            scan.find(RuleId::file_empty, artifact, 0);
            if (!artifact.bytes.empty() && is_called_a_model(scan.subject().name)) {
                scan.gap(GapReason::malformed, artifact, 0, "nothing but zeros");
            }
        }
        return;
    }
    const auto identities = identify(artifact.bytes, scan.limits());
    for (const Identity& id : identities) {
        if (is_file) scan.identity(id.name);
    }
    if (is_file && is_misnamed(scan.subject().name, scan.report().identities)) {
        scan.find(RuleId::file_misnamed, artifact, 0, names_of(identities));
    }
    if (is_polyglot(identities)) {
        scan.find(RuleId::file_polyglot, artifact, 0, names_of(identities));
    }
    Artifact claimed = artifact;
    for (const Identity& id : identities) {
        claimed.format = id.name;
        id.check(scan, claimed);
    }
    if (identities.empty()) {
        if (is_file) scan.identity("opaque");
        inspect_opaque(scan, artifact);
    }
}

}  // namespace pratique::scanner
