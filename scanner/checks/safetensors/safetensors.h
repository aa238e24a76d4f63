// safetensors is safe as long as all readers see the same tensors: what one of them could read
// differently, and bytes that belong to no tensor, are what can be wrong with it.
#pragma once

#include "scanner/checks/document/document.h"

namespace pratique::scanner {

/// Reads the header and nothing of the data, unless it does not add up.
void check_safetensors(Scan& scan, const Artifact& artifact);

/// The index of a model in several files: the files are referred to, if they can be.
void check_shard_index(Scan& scan, const Artifact& artifact, const Document& document);

}  // namespace pratique::scanner
