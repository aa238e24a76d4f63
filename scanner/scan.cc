#include "scanner/scan.h"

#include <algorithm>

#include "base/checked.h"
#include "base/text.h"
#include "scanner/inspect.h"

namespace pratique::scanner {

/// Longer paths no system opens.
constexpr std::size_t kLongestReference = 4096;
namespace {

constexpr std::size_t kLongestName = 512;

bool milder(const Finding& a, const Finding& b) { return a.severity < b.severity; }

}  // namespace

std::string chained(const Artifact& parent, std::string_view name) {
    std::string out = parent.chain;
    if (!out.empty()) out += '!';
    return out += escape(name, kLongestName);
}

void Scan::find(RuleId rule, const Artifact& artifact, std::uint64_t offset, std::string evidence) {
    find(finding_of(rule, artifact.chain, offset, std::move(evidence)));
}

bool Scan::is_known(const Finding& finding) const {
    return std::any_of(report_.findings.begin(), report_.findings.end(), [&](const auto& other) {
        return other.rule == finding.rule && other.offset == finding.offset &&
               other.artifact == finding.artifact && other.evidence == finding.evidence;
    });
}

/// The worst must not drown: in a full list a graver finding takes the place of the mildest.
void Scan::find(Finding finding) {
    auto& all = report_.findings;
    if (all.size() < limits_.reported) {
        if (!is_known(finding)) all.push_back(std::move(finding));
        return;
    }
    gap(GapReason::too_many, Artifact{}, 0);
    const auto mildest = std::min_element(all.begin(), all.end(), milder);
    if (milder(*mildest, finding) && !is_known(finding)) *mildest = std::move(finding);
}

void Scan::gap(GapReason reason, const Artifact& artifact, std::uint64_t offset,
               std::string message) {
    auto& all = report_.gaps;
    if (all.size() > limits_.reported) return;
    if (all.size() == limits_.reported) {
        all.push_back({GapReason::too_many, "", 0, std::string(meaning(GapReason::too_many))});
        return;
    }
    if (message.empty()) message = meaning(reason);
    Gap gap{reason, artifact.chain, offset, std::move(message)};
    if (std::find(all.begin(), all.end(), gap) == all.end()) all.push_back(std::move(gap));
}

void Scan::gap(const Error& error, const Artifact& artifact) {
    gap(gap_of(error.code), artifact, error.offset,
        std::string(pratique::name(error.code)) + ": " +
            std::string(pratique::meaning(error.code)));
}

void Scan::identity(std::string_view name) {
    auto& all = report_.identities;
    if (std::find(all.begin(), all.end(), name) == all.end()) all.emplace_back(name);
}

void Scan::refer(const Artifact& artifact, std::uint64_t offset, std::string_view name,
                 std::uint64_t bytes) {
    // What a container's member refers to lies in the container, and is scanned with it.
    if (!artifact.chain.empty()) return;
    if (name.size() > kLongestReference) {
        return gap(GapReason::not_present, artifact, offset, "a name that no file can have");
    }
    auto& all = report_.references;
    if (const auto known = referred_.find(name); known != referred_.end()) {
        all[known->second].bytes = std::max(all[known->second].bytes, bytes);
    } else if (all.size() < limits_.reported) {
        referred_.emplace(name, all.size());
        all.push_back({std::string(name), artifact.chain, offset, bytes});
    } else {
        gap(GapReason::too_many, Artifact{}, 0);
    }
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by Limits::depth
void Scan::descend(const Artifact& parent, std::string_view name, Bytes bytes, bool unclaimed) {
    const Artifact child{chained(parent, name), bytes, parent.depth + 1, std::string(name),
                         unclaimed};
    if (child.depth > limits_.depth) return gap({Errc::limit_depth, 0}, child);
    if (members_ >= limits_.members) return gap({Errc::limit_members, 0}, parent);
    ++members_;
    inspect(*this, child);
}

void Scan::inflated(std::uint64_t bytes) {
    inflated_ = std::min(saturating_add(inflated_, bytes), limits_.inflated_bytes);
}

FileReport scan(Bytes file, const Subject& subject, const Limits& limits) {
    Scan scan(subject, limits);
    inspect(scan, Artifact{"", file, 0, subject.name, false});
    return scan.take();
}

Explained explain(Bytes file, const Subject& subject, const Limits& limits) {
    Scan scan(subject, limits);
    Explained out;
    scan.list_to(out.listing);
    inspect(scan, Artifact{"", file, 0, subject.name, false});
    out.report = scan.take();
    return out;
}

}  // namespace pratique::scanner
