// Torch 7 files may hold functions as byte code. Lua does not verify byte code, so that a made-up
// function reaches the memory of the process, whatever it names.
#pragma once

#include "scanner/scan.h"

namespace pratique::scanner {

void check_torch7(Scan& scan, const Artifact& artifact);

}  // namespace pratique::scanner
