// Keras rebuilds a model from a configuration that names classes and functions, imports them, calls
// them, and unmarshals the code that a Lambda brings along. So every object of a configuration is
// looked at, wherever it stands: Keras does the same, and no list of layers is where it ends.
#pragma once

#include "scanner/checks/document/document.h"

namespace pratique::scanner {

/// A row of the table of checks of documents: any JSON may be a model's.
void check_keras(Scan& scan, const Artifact& artifact, const Document& document);

/// `bytes`, called `name`, which Keras takes for the configuration of a model (config.json in a
/// .keras archive, the attribute model_config of an HDF5 file): whatever is no JSON is a finding.
void check_keras_config(Scan& scan, const Artifact& parent, std::string_view name, Bytes bytes);

}  // namespace pratique::scanner
