// One file's scan: the walk through artifacts, the budget that all of them share, and the sink
// for what is found. Checks get a Scan and an Artifact and report through it; they know neither
// files nor processes.
//
//   inspect(artifact) = identify -> checks -> container members: descend -> inspect(member) ...
//
// The walk is a recursion because a member's decompressed bytes then live exactly as long as they
// are needed; its depth is limited by Limits::depth, not by the file.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/limits.h"
#include "scanner/report.h"

namespace pratique::scanner {

/// A run of bytes with a name chain: a file, a member of a container, bytes that nobody claims.
struct Artifact {
    std::string chain;  // "archive/data.pkl", "inner.zip!a/b"; empty for the file itself; escaped
    Bytes bytes;
    std::uint32_t depth = 0;
    /// The name that the bytes go by, unescaped, for the cross-check with the content.
    std::string name;
    /// Bytes left over beside a format: searched, but nobody expects them to be a format.
    bool unclaimed = false;
    /// The identity that they are checked as.
    std::string_view format = {};
};

/// What the parent knows about a file and the child cannot see.
struct Subject {
    std::string name;  // the file's own name, without folders
    /// Names of modules that an import would take from the file's folder: "helper" for
    /// helper.py, helper.so or helper/.
    std::set<std::string, std::less<>> sidecars;
};

class Scan {
public:
    Scan(const Subject& subject, const Limits& limits) : subject_(subject), limits_(limits) {}

    const Limits& limits() const { return limits_; }
    const Subject& subject() const { return subject_; }

    /// Severity, capabilities and message default to those of the rule.
    void find(RuleId rule, const Artifact& artifact, std::uint64_t offset,
              std::string evidence = {});
    void find(Finding finding);
    void gap(GapReason reason, const Artifact& artifact, std::uint64_t offset,
             std::string message = {});
    /// The gap that an error leaves.
    void gap(const Error& error, const Artifact& artifact);
    void identity(std::string_view name);
    /// Another file, named as a loader of `artifact` would open it, that must have `bytes` at
    /// least: who started the scan looks whether it is there. A name that leads out of the folder
    /// is the check's to report.
    void refer(const Artifact& artifact, std::uint64_t offset, std::string_view name,
               std::uint64_t bytes = 0);

    /// Inspects a member of `parent`; deeper or more of them than the limits allow, it is a gap
    /// instead. `name` is as the container spells it. `bytes` must stay valid during the call.
    void descend(const Artifact& parent, std::string_view name, Bytes bytes,
                 bool unclaimed = false);

    /// Decompressed bytes that may still be made.
    std::uint64_t inflatable() const { return limits_.inflated_bytes - inflated_; }
    void inflated(std::uint64_t bytes);

    /// Where listings of pickles go; null unless they were asked for.
    std::string* listing() const { return listing_; }
    void list_to(std::string& out) { listing_ = &out; }

    const FileReport& report() const { return report_; }
    FileReport take() { return std::move(report_); }

private:
    bool is_known(const Finding& finding) const;

    const Subject& subject_;
    const Limits& limits_;
    std::uint32_t members_ = 0;
    std::uint64_t inflated_ = 0;
    FileReport report_;
    std::map<std::string, std::size_t, std::less<>> referred_;  // into report_.references
    std::string* listing_ = nullptr;
};

/// Scans the bytes of one file. Thread-safe; throws only std::bad_alloc.
FileReport scan(Bytes file, const Subject& subject, const Limits& limits);
struct Explained {
    std::string listing;  // escaped
    FileReport report;
};
/// The same, and listings of all its pickles, annotated with what was found.
Explained explain(Bytes file, const Subject& subject, const Limits& limits);

/// `name` as a link of a chain below `parent`, escaped.
std::string chained(const Artifact& parent, std::string_view name);

}  // namespace pratique::scanner
