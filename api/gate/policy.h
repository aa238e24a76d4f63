// What may pass a gate, as a file: who must have signed, what a scan may have found, and whose word
// stands for a scan. A member that is not known, or is misspelt, is an error: it would be a rule
// that nobody applies.
//
//      { "version": 1, "name": "…", "mode": "enforce" | "warn",
//        "trust": "trust.json" | { … },                    signing/trust/store.h
//        "signature": { "required": true },
//        "scan": { "fail_on": "suspicious", "formats": ["safetensors", …],
//                  "refuse_capabilities": ["execute", …], "allow_imports": ["acme.*"],
//                  "accept_findings": ["PRQ-…"], "accept_gaps": ["unknown-format"],
//                  "max_file_bytes": n, "max_files": n, "max_total_bytes": n,
//                  "min_isolation": "strong" },
//        "attestation": { "instead_of_scan": true, "required": false, "max_age_days": 30,
//                         "min_version": "0.1.0", "rules_digests": ["…"] } }
//
// Docs: docs/gate.md. Thread-safe: a policy does not change.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/isolation.h"
#include "scanner/report.h"
#include "signing/trust/store.h"

namespace pratique::api {

struct ScanPolicy {
    /// Refused from this verdict on. With `incomplete`, what could not be looked at is refused;
    /// without, it is undecided.
    scanner::Verdict fail_on = scanner::Verdict::suspicious;
    /// Identities that a file may have, all of them; empty: any.
    std::vector<std::string> formats;
    scanner::Capabilities refused_capabilities = 0;
    /// Patterns of names (module and name, "*" for anything) that may be imported though nobody
    /// vetted them: for findings of unknown names, and for no others.
    std::vector<std::string> allowed_imports;
    std::set<scanner::RuleId> accepted_findings;
    std::set<scanner::GapReason> accepted_gaps;
    std::optional<std::uint64_t> max_file_bytes, max_files, max_total_bytes;
    sandbox::Tier min_tier = sandbox::Tier::strong;
};

struct AttestationPolicy {
    /// A verdict that somebody signed stands for a scan; without one the model is scanned.
    bool instead_of_scan = false;
    /// It is not scanned: without a verdict it is refused.
    bool required = false;
    std::int64_t max_age = 0;                // seconds
    std::string min_version;                 // of the program that scanned
    std::vector<std::string> rules_digests;  // any of these; empty: any
};

struct Policy {
    std::string name;
    std::string digest;  // lower-case hexadecimal SHA-256 of its text
    bool warn = false;   // refusals of the policy let pass; gaps and errors never do
    std::optional<signing::TrustStore> trust;
    bool signature_required = false;
    ScanPolicy scan;
    AttestationPolicy attestation;
};

/// Refusals: bad_trust with what is wrong and where.
signing::Judged<Policy> read_policy(std::string_view text, const signing::ReadFile& read_file);
/// Of a file, with the files that it names, relative to it. Refusals: also those of
/// read_small_file().
signing::Judged<Policy> read_policy_file(const std::string& path);

/// True if `version` is at least `least`, both as numbers with dots.
bool is_at_least(std::string_view version, std::string_view least);

}  // namespace pratique::api
