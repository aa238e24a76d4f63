// The gate: may this model be used here? Its files are copied, and it is the copies that are
// hashed, compared with signatures, scanned one by one in workers of their own, and handed out; so
// a file that is exchanged on the way changes nothing, or is noticed.
//
//      files ──copy & hash──► snapshots ─┬─► workers: scan ──► report ─┐
//      signatures, trust ────────────────┴─► digests compared ─────────┴─► Policy ─► Decision
//
// Every rule of the policy that was asked leaves a Check, whatever it said.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/gate/admitted.h"
#include "api/gate/policy.h"
#include "api/scan.h"
#include "api/verify.h"

namespace pratique::api {

/// In the order of what a decision makes of several: the worst is the largest.
enum class Answer : std::uint8_t {
    passed,
    warned,     // refused, by a policy that only warns
    undecided,  // a gap, an error of the system
    refused,
};
std::string_view name(Answer answer);

/// What one rule of the policy says of a model or of one of its files.
struct Check {
    std::string rule;     // where it stands in the policy: "scan.formats"
    std::string subject;  // the file, escaped; empty for the model
    Answer answer{};
    std::string message;  // for people, safe to print
};

struct GateOptions {
    /// Limits, workers, snapshots; the policy decides on isolation if it asks for more.
    ScanOptions scan;
    /// Signature and attestation files; empty: find_signature(), and none.
    std::vector<std::string> signatures;
    std::vector<std::string> attestations;
    std::string name;  // of the model, for the rules of the trust store
    /// Look at the files where they are, without copies: for who only wants to know what a verdict
    /// says of them now. Needs a policy that requires an attestation, so that none is scanned.
    bool in_place = false;
    /// A folder that must not exist yet: where the files go if they are admitted, as they were
    /// looked at. Empty: nowhere.
    std::string output;
    /// A file for the digests of what was admitted, which `load` can be held to. Empty: none.
    std::string record;
    /// Of a record that is there already.
    bool replace = false;
};

/// What is judged: files with what was found in them, and how it was looked at.
struct Evidence {
    std::vector<ScannedFile> files;
    sandbox::Tier tier{};
    Binding binding{};
};

struct Decision {
    std::string model;   // escaped
    std::string policy;  // its name, escaped
    std::string policy_digest;
    std::vector<Check> checks;
    std::optional<Verification> verification;
    Evidence evidence;                   // of a scan or, with `attested_by`, of a verdict
    std::string attested_by;             // entry of the trust store; empty: scanned here
    std::vector<AdmittedFile> admitted;  // all files of the model, if it may pass

    /// The worst of all checks.
    Answer answer() const;
};

/// Thread-safe. Throws only std::bad_alloc.
Decision gate(const std::string& model, const Policy& policy, const GateOptions& options);

/// What the rules of a policy about scans say of it; pure, so that a verdict that somebody signed
/// is judged exactly as one that was just made.
std::vector<Check> judge(const Evidence& evidence, const ScanPolicy& policy);

/// The JSON of docs/gate.md; words for people, with `all` of every rule that was asked.
std::string json_report(const std::vector<Decision>& decisions);
std::string text_report(const Decision& decision, bool all);
/// JUnit's XML, for the test pages of CI systems.
std::string junit_report(const std::vector<Decision>& decisions);

}  // namespace pratique::api
