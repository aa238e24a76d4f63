// What a scan says of one file: findings (what it can do), gaps (what could not be looked at),
// and the verdict that follows from both. Findings and gaps never displace each other, and the
// verdict is computed in one place, from the lists, whenever it is asked for.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "rules/rules.h"

namespace pratique::scanner {

using rules::Capabilities;
using rules::RuleId;
using rules::Severity;

/// In the order of how bad they are: the worst of several is the largest.
enum class Verdict : std::uint8_t { clean, incomplete, suspicious, malicious };
std::string_view name(Verdict verdict);

// Why a part was not inspected: the spelling in reports, and what it means.
#define PRATIQUE_GAPS(X)                                                                 \
    X(unknown_format, "unknown-format", "no known format; searched, but not understood") \
    X(not_inspected, "not-inspected", "a known format that is not inspected yet")        \
    X(malformed, "malformed", "damaged: the rest could not be read")                     \
    X(encrypted, "encrypted", "encrypted")                                               \
    X(unsupported, "unsupported", "a variant of the format that is not read")            \
    X(limit, "limit", "over a limit")                                                    \
    X(not_present, "not-present", "stands for data that is not here")                    \
    X(unreadable, "unreadable", "cannot be opened or read")                              \
    X(special_file, "special-file", "neither a file nor a folder")                       \
    X(link_outside, "link-outside", "a link that leads out of what is scanned")          \
    X(changed, "changed", "the file changed while it was read")                          \
    X(crashed, "crashed", "the reading process died")                                    \
    X(timed_out, "timed-out", "the reading process took too long")                       \
    X(out_of_memory, "out-of-memory", "the reading process needed too much memory")      \
    X(denied_call, "denied-call", "the reading process tried something forbidden")       \
    X(no_sandbox, "no-sandbox", "no reading process could be started")                   \
    X(too_many, "too-many", "more findings or gaps than are listed")

enum class GapReason : std::uint8_t {
#define PRATIQUE_ENUMERATOR(name, spelling, meaning) name,
    PRATIQUE_GAPS(PRATIQUE_ENUMERATOR)
#undef PRATIQUE_ENUMERATOR
};
std::string_view name(GapReason reason);
std::string_view meaning(GapReason reason);
/// The gap that an error of a parser leaves.
GapReason gap_of(Errc code);

struct Finding {
    RuleId rule{};
    Severity severity{};
    Capabilities capabilities = 0;
    std::string artifact;      // name chain below the file, empty for the file itself
    std::uint64_t offset = 0;  // bytes from the start of the artifact
    std::string evidence;      // what was seen, printed; escaped
    std::string message;

    friend bool operator==(const Finding&, const Finding&) = default;
};

struct Gap {
    GapReason reason{};
    std::string artifact;
    std::uint64_t offset = 0;
    std::string message;

    friend bool operator==(const Gap&, const Gap&) = default;
};

/// Another file that a loader of this one opens. The reading process sees no other file; who
/// started it looks, and adds a gap or a finding.
struct Reference {
    std::string name;  // a path below the file's folder, as the file spells it; any bytes
    std::string artifact;
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;  // that it must have at least

    friend bool operator==(const Reference&, const Reference&) = default;
};

/// A finding with the severity, the capabilities and the title of its rule.
Finding finding_of(RuleId rule, std::string artifact, std::uint64_t offset, std::string evidence);

/// The answer for one file. Strings of findings and gaps are escaped: they may be printed as they
/// are.
struct FileReport {
    std::vector<std::string> identities;
    std::vector<Finding> findings;
    std::vector<Gap> gaps;
    std::vector<Reference> references;  // until they were followed

    friend bool operator==(const FileReport&, const FileReport&) = default;
};

/// malicious: a critical or high finding; suspicious: a medium one; incomplete: a gap.
Verdict verdict(const FileReport& report);

}  // namespace pratique::scanner
