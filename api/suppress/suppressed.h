// What a scan found and what does not count: an ignore rule says so (ignore.h), or an earlier
// report said it of the same bytes (baseline.h). It leaves the lists of findings and gaps, from
// which verdicts and exit codes follow, and stays in the report beside them, with the reason.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scanner/report.h"

namespace pratique::api {

/// How a file stands to an earlier report.
enum class Since : std::uint8_t {
    unchanged,  // the same bytes under the same path
    changed,    // other bytes: what was said of the old ones does not hold of these
    no_digest,  // the earlier report does not say which bytes it speaks of
    absent,     // a path that it does not have
};
std::string_view name(Since since);

struct Suppression {
    bool by_rule = false;  // an ignore rule, else the baseline
    std::string reason;    // of a rule; escaped
    std::string expires;   // of a rule

    friend bool operator==(const Suppression&, const Suppression&) = default;
};

template <class T>
struct SuppressedOne {
    T what;
    Suppression why;
};

struct Suppressed {
    std::vector<SuppressedOne<scanner::Finding>> findings;
    std::vector<SuppressedOne<scanner::Gap>> gaps;

    bool empty() const { return findings.empty() && gaps.empty(); }
};

/// How much was suppressed in all files, by kind and once more by reason.
struct SuppressedCount {
    std::size_t findings = 0, gaps = 0;
    std::size_t by_rules = 0, by_baseline = 0;

    std::size_t by_any() const { return by_rules + by_baseline; }
};

/// An ignore rule as a report shows it; all of it escaped.
struct ShownRule {
    std::string what;  // id of a finding, reason of a gap
    std::string path;
    std::string reason;
    std::string expires;
};

/// What a report says of the files that things were suppressed by.
struct SuppressedBy {
    struct Baseline {
        std::string sha256;        // of its text, lower-case hexadecimal
        std::string rules_digest;  // by which it was made, as it spells it; escaped
    };
    struct Ignore {
        std::string sha256;
        std::vector<ShownRule> expired;  // rules that have no effect any more
        std::vector<ShownRule> unused;   // rules that nothing fell under
    };
    std::optional<Baseline> baseline;
    std::optional<Ignore> ignore;
};

}  // namespace pratique::api
