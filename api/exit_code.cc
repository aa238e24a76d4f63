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

}  // namespace pratique::api
