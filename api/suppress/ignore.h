// Ignore rules: what somebody has looked at and decided to live with, each with a reason and an
// end. Only a file that the user names is read: one that lies beside a model may be by the model's
// author.
//
//      { "version": 1, "comment": "…",
//        "ignore": [ { "finding": "PRQ-PICKLE-003",        or "gap": "unknown-format"
//                      "path": "models/legacy/*.pkl",      fnmatch(3) on the path of the report
//                      "sha256": "…",                      only these bytes; may be left out
//                      "reason": "…", "expires": "2027-01-31" } ] }
//
// Docs: docs/command-line.md; schema: docs/ignore.schema.json. A member that is not known is an
// error. Thread-safe: rules do not change.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/scan.h"
#include "signing/refusal.h"

namespace pratique::api {

struct IgnoreRule {
    // One of these two.
    std::optional<scanner::RuleId> finding;
    std::optional<scanner::GapReason> gap;  // one of is_about_bytes()
    std::string path;
    std::string sha256;  // lower-case hexadecimal; empty: any bytes
    std::string reason;
    std::string expires;       // as it was written
    std::int64_t ends_at = 0;  // seconds since 1970; from then on it has no effect

    /// Whether the rule speaks of this file, whatever the time.
    bool covers(const ScannedFile& file) const;
};

struct IgnoreRules {
    std::string digest;  // lower-case hexadecimal SHA-256 of the text
    std::vector<IgnoreRule> rules;

    /// Some rule is about certain bytes, which takes the digests of files.
    bool needs_digests() const;
};

/// Refusals: bad_json, or bad_trust with what is wrong and where.
signing::Judged<IgnoreRules> read_ignore_rules(std::string_view text);
/// Of a file. Refusals: also those of read_small_file().
signing::Judged<IgnoreRules> read_ignore_file(const std::string& path);

ShownRule shown(const IgnoreRule& rule);

}  // namespace pratique::api
