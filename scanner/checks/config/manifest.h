// Files that say of what a model consists: which module of a folder is made by which class. They
// are known by their shape, as their keys are words that anybody uses.
#pragma once

#include "scanner/checks/document/document.h"

namespace pratique::scanner {

/// Rows of kDocumentChecks.
/// sentence-transformers' modules.json: [{"idx", "name", "path", "type"}, ...].
void check_sentence_modules(Scan& scan, const Artifact& artifact, const Document& document);
/// diffusers' model_index.json: {"_class_name", "unet": ["library", "Class"], ...}.
void check_model_index(Scan& scan, const Artifact& artifact, const Document& document);
/// TorchServe's MAR-INF/MANIFEST.json: {"model": {"handler", "serializedFile", ...}, ...}.
void check_torchserve(Scan& scan, const Artifact& artifact, const Document& document);
/// MXNet's graph: {"nodes": [{"op", "name", "attrs", "inputs"}, ...], "arg_nodes", "heads"}.
void check_mxnet_graph(Scan& scan, const Artifact& artifact, const Document& document);

}  // namespace pratique::scanner
