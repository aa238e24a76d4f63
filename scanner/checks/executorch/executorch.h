// ExecuTorch programs: numbers that a runtime on a phone believes, and what they carry for the
// backends of accelerators.
#pragma once

#include "scanner/scan.h"

namespace pratique::scanner {

void check_executorch(Scan& scan, const Artifact& artifact);
/// The tensors beside a program.
void check_executorch_data(Scan& scan, const Artifact& artifact);

}  // namespace pratique::scanner
