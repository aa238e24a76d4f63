// Text and JSON: harmless by themselves, once it is known that nothing hides in them and that they
// do not name code for a loader to fetch.
#pragma once

#include "scanner/scan.h"

namespace pratique::scanner {

void check_text(Scan& scan, const Artifact& artifact);

/// JSON that names no code is data. Base64 text in it that begins as a pickle does is scanned
/// (stable-baselines keeps cloudpickles so); keys that name classes or modules are a gap, as what
/// they mean depends on a loader that is not inspected yet.
void check_json(Scan& scan, const Artifact& artifact);

}  // namespace pratique::scanner
