// R's serialisations carry functions and unevaluated expressions as easily as numbers. What R runs
// by itself, while or after it loads a file, is an attack; code that waits for a call is carried.
#pragma once

#include "scanner/scan.h"

namespace pratique::scanner {

void check_rds(Scan& scan, const Artifact& artifact);

}  // namespace pratique::scanner
