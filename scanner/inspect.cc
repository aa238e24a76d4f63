#include "scanner/inspect.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "scanner/archive.h"
#include "scanner/identify.h"
#include "scanner/numpy.h"
#include "scanner/pickle/check.h"
#include "scanner/text.h"

namespace pratique::scanner {
namespace {

/// Bytes that two formats claim.
bool is_polyglot(const std::vector<Identity>& identities) {
    const auto count = [&](auto predicate) {
        return std::count_if(identities.begin(), identities.end(), predicate);
    };
    const auto strong = count([](const Identity& id) { return !id.weak; });
    const auto weak_pickle =
        count([](const Identity& id) { return id.weak && id.treatment == Treatment::pickle; });
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

// NOLINTNEXTLINE(misc-no-recursion): through Scan::descend, bounded by Limits::depth
void inspect_as(Scan& scan, const Artifact& artifact, const Identity& identity) {
    switch (identity.treatment) {
        case Treatment::pickle: return check_pickle(scan, artifact);
        case Treatment::zip: return check_zip(scan, artifact);
        case Treatment::tar: return check_tar(scan, artifact);
        case Treatment::codec: return check_codec(scan, artifact);
        case Treatment::zfile: return check_zfile(scan, artifact);
        case Treatment::foreign: return check_foreign(scan, artifact);
        case Treatment::npy: return check_npy(scan, artifact);
        case Treatment::json: return check_json(scan, artifact);
        case Treatment::text: return check_text(scan, artifact);
        case Treatment::media: return search_hidden_pickles(scan, artifact);
        case Treatment::executable:
            scan.find(RuleId::file_executable, artifact, 0, std::string(identity.name));
            return;
        case Treatment::pointer: return scan.gap(GapReason::not_present, artifact, 0);
        case Treatment::not_inspected:
            search_hidden_pickles(scan, artifact);
            return scan.gap(GapReason::not_inspected, artifact, 0,
                            std::string(identity.name) +
                                ": a known format that is not "
                                "inspected yet");
    }
}

}  // namespace

bool is_blank(Bytes bytes) {
    if (bytes.empty()) return true;
    if (bytes.front() != std::byte{0}) return false;
    // Comparing the bytes with themselves, shifted by one, is the fastest way to say "all equal".
    const Bytes shifted = bytes.subspan(1);
    return shifted.empty() || std::memcmp(bytes.data(), shifted.data(), shifted.size()) == 0;
}

void inspect(Scan& scan, const Artifact& artifact) {
    const bool is_file = artifact.chain.empty();
    if (is_blank(artifact.bytes)) {
        if (is_file) {
            scan.identity("empty");
            scan.find(RuleId::file_empty, artifact, 0);
        }
        return;
    }
    const auto identities = identify(artifact.bytes, scan.limits());
    for (const Identity& id : identities) {
        if (is_file) scan.identity(id.name);
    }
    if (is_polyglot(identities)) {
        scan.find(RuleId::file_polyglot, artifact, 0, names_of(identities));
    }
    for (const Identity& id : identities) inspect_as(scan, artifact, id);
    if (identities.empty()) {
        if (is_file) scan.identity("opaque");
        inspect_opaque(scan, artifact);
    }
}

}  // namespace pratique::scanner
