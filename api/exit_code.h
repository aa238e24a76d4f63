// The exit code of an answer: one meaning for each, in the program and in every binding.
#pragma once

#include <cstdint>

#include "api/attest/attestation.h"
#include "api/gate/gate.h"
#include "api/scan.h"
#include "api/verify.h"

namespace pratique::api {

enum Exit : int {
    kClean = 0,
    kRefused = 1,    // a finding at or above `fail_on`, a model that may not be loaded
    kUndecided = 2,  // a gap, an error of the system, nothing to scan
    kUsage = 64,
};

int exit_code(const ScanReport& report, scanner::Verdict fail_on);
int exit_code(Standing standing);
int exit_code(Answer answer);
int exit_code(const Attestation& attestation);

}  // namespace pratique::api
