// Protobuf messages whose schema nobody knows.
#pragma once

#include "scanner/scan.h"

namespace pratique::scanner {

/// Not inspected, but for how deep its messages may lie in each other.
void check_protobuf(Scan& scan, const Artifact& artifact);

}  // namespace pratique::scanner
