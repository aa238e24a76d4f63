// From an artifact's bytes to the checks of every format that recognises them.
#pragma once

#include "scanner/scan.h"

namespace pratique::scanner {

/// Identifies the artifact and runs every check that applies; members are inspected on the way.
void inspect(Scan& scan, const Artifact& artifact);

/// Nothing but NUL bytes (or nothing at all): padding, which hides nothing.
bool is_blank(Bytes bytes);

}  // namespace pratique::scanner
