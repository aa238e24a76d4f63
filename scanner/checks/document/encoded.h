// Pickles in base64 inside of documents: stable-baselines keeps cloudpickles so.
#pragma once

#include "scanner/checks/document/document.h"

namespace pratique::scanner {

/// Texts that begin as an encoded pickle does are scanned as `base64#N`.
void check_encoded_pickles(Scan& scan, const Artifact& artifact, const Document& document);

}  // namespace pratique::scanner
