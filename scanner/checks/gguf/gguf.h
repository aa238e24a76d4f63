// Files of ggml, old and new: the numbers by which their readers have been broken, lists that must
// fit each other, and the template in the metadata, which is a program.
#pragma once

#include "scanner/scan.h"

namespace pratique::scanner {

/// Reads the lists and nothing of the data.
void check_gguf(Scan& scan, const Artifact& artifact);
/// The format before: "lmgg", "fmgg", "tjgg", "algg".
void check_ggml(Scan& scan, const Artifact& artifact);

}  // namespace pratique::scanner
