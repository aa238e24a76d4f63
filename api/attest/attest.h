// Attesting as a caller sees it: a model is copied, scanned file by file, and the report is signed,
// so that a gate elsewhere need not scan it again.
#pragma once

#include <optional>
#include <string>

#include "api/attest/attestation.h"
#include "api/gate/gate.h"
#include "api/gate/policy.h"
#include "signing/keys/key.h"

namespace pratique::api {

struct AttestRequest {
    std::string model;
    std::string output;    // the attestation; beside or inside the model
    bool replace = false;  // one that is there already
    ScanOptions scan;
    /// With a policy: a verification summary of what it decides, instead of the test result.
    std::optional<Policy> policy;
    std::string name;  // of the model, in a summary
    std::vector<signing::Der> chain;
};

/// MODEL.attestation, beside a folder or a file.
std::string default_attestation(const std::string& model);

/// With the attestation that lies beside the model, if none is named.
GateOptions with_attestation(const std::string& model, GateOptions options);

/// Scans, signs, writes, and returns what it attested. Refusals: special_file, link, bad_file_name
/// and unreadable for what no attestation could name or read; those of sign_statement() and
/// write_whole(). Thread-safe. Throws only std::bad_alloc.
signing::Judged<Attestation> attest(const AttestRequest& request, const signing::PrivateKey& key);

}  // namespace pratique::api
