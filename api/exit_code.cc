#include "api/exit_code.h"

namespace pratique::api {

int exit_code(const ScanReport& report, scanner::Verdict fail_on) {
    if (!report.files.empty() && report.verdict() >= fail_on) return kRefused;
    return report.files.empty() || report.has_gaps() ? kUndecided : kClean;
}

int exit_code(Standing standing) {
    switch (standing) {
        case Standing::verified: return kClean;
        case Standing::refused: return kRefused;
        case Standing::undecided: break;
    }
    return kUndecided;
}

int exit_code(Answer answer) {
    switch (answer) {
        case Answer::passed:
        case Answer::warned: return kClean;
        case Answer::refused: return kRefused;
        case Answer::undecided: break;
    }
    return kUndecided;
}

int exit_code(const Attestation& attestation) {
    if (!attestation.policy_digest.empty()) return attestation.passed ? kClean : kRefused;
    switch (verdict(attestation)) {
        case scanner::Verdict::clean: return kClean;
        case scanner::Verdict::incomplete: return kUndecided;
        case scanner::Verdict::suspicious:
        case scanner::Verdict::malicious: break;
    }
    return kRefused;
}

}  // namespace pratique::api
