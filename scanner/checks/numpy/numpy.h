// NumPy's .npy: a header, and numbers or, for object arrays, a pickle.
#pragma once

#include "scanner/scan.h"

namespace pratique::scanner {

void check_npy(Scan& scan, const Artifact& artifact);

}  // namespace pratique::scanner
