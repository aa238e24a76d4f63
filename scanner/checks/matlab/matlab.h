// MATLAB's arrays are data; functions are saved with the text of their expression, and objects call
// the class of their name when they are loaded.
#pragma once

#include "scanner/scan.h"

namespace pratique::scanner {

void check_matlab(Scan& scan, const Artifact& artifact);

}  // namespace pratique::scanner
