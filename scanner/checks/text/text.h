// Text: harmless by itself, once it is known that nothing hides in it.
#pragma once

#include "scanner/scan.h"

namespace pratique::scanner {

void check_text(Scan& scan, const Artifact& artifact);

}  // namespace pratique::scanner
