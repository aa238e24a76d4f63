// Names of other files in an HDF5 file.
#pragma once

#include "formats/hdf5/external.h"
#include "scanner/scan.h"

namespace pratique::scanner {

/// Reports that the object at `path` is, or has its elements, in another file: as `inside` if that
/// file lies in the folder, which is then referred to; otherwise as one that leads out of it.
void check_outside(Scan& scan, const Artifact& artifact, const hdf5::ExternalFile& file,
                   std::string_view path, RuleId inside);

}  // namespace pratique::scanner
