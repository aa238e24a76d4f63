// A scan's report as something to be signed: an in-toto statement whose subjects are all files of
// the model, and whose predicate says what was found, by which rules, how well isolated, and when.
//
//      "subject": every file: [ { "name": relative path, "digest": { "sha256": … } }, … ]
//      "predicateType": "https://in-toto.io/attestation/test-result/v0.1"
//        "predicate": { "result": "PASSED" | "WARNED" | "FAILED",
//                       "configuration": [ { "name": "rules", "digest": { "sha256": … } } ],
//                       "passedTests": [ names ], "warnedTests": …, "failedTests": …,
//                       "pratique": REPORT }
//      "predicateType": "https://slsa.dev/verification_summary/v1"
//        "predicate": { "verifier": { "id": … }, "timeVerified": time, "resourceUri": name,
//                       "policy": { "uri": name, "digest": { "sha256": … } },
//                       "verificationResult": "PASSED" | "FAILED",
//                       "verifiedLevels": [ "PRATIQUE_ADMITTED" ], "pratique": REPORT }
//      REPORT: { "version", "created", "rules_digest", "tier", "binding", "limits": { … },
//                "files": [ as in docs/report.md, "path" relative to the model ] }
//
// Names and sizes are signed with the digests: two files that exchange their names are not the
// model any more. Sources: in-toto/attestation (test-result v0.1), slsa.dev (VSA v1).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "api/gate/admitted.h"
#include "api/scan.h"
#include "signing/envelope/statement.h"

namespace pratique::api {

inline constexpr std::string_view kTestResult = "https://in-toto.io/attestation/test-result/v0.1";
inline constexpr std::string_view kVerificationSummary = "https://slsa.dev/verification_summary/v1";

struct Attestation {
    std::int64_t created = 0;  // seconds since 1970
    std::string version;       // of the program that scanned
    std::string rules_digest;  // lower-case hexadecimal
    sandbox::Tier tier{};
    Binding binding{};
    Limits limits;
    /// Each with name (raw), size, SHA-256 and report.
    std::vector<ScannedFile> files;

    /// Of a verification summary only.
    std::string model_name = {};
    std::string policy_name = {};
    std::string policy_digest = {};
    bool passed = true;
};

/// The worst of its files.
scanner::Verdict verdict(const Attestation& attestation);

/// The statement as text. Paths must be plain (signing::is_plain_path).
std::string write_attestation(const Attestation& attestation, std::string_view predicate_type);

/// Refusals: bad_statement (another predicate, subjects that are not the files of the report, names
/// twice, a word that is not known).
signing::Judged<Attestation> read_attestation(const signing::Statement& statement);

/// In what the files that are there are not those that were attested, name for name and byte for
/// byte; sorted by name. Reasons: uncovered_file, missing_file, changed_file.
std::vector<signing::Refusal> differences(const Attestation& attestation,
                                          std::vector<AdmittedFile> here);

}  // namespace pratique::api
