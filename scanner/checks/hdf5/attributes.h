// Attributes: Keras keeps a model's architecture in one, PyTables pickles what it cannot express.
#pragma once

#include <string>

#include "formats/hdf5/attribute.h"
#include "scanner/scan.h"

namespace pratique::scanner {

/// Checks the attributes of `object`, whose first name is `path`.
void check_attributes(Scan& scan, const Artifact& artifact, hdf5::File& file,
                      const hdf5::Object& object, const std::string& path);

}  // namespace pratique::scanner
