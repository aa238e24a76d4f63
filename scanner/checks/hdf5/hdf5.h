// HDF5 is a file system in a file, and whoever reads it follows it: into other files, into shared
// libraries, in circles. Every object is looked at once, with what it says of itself; elements are
// measured and not read, but for bytes and texts, which may be a pickle.
#pragma once

#include "scanner/format.h"

namespace pratique::scanner {

Claim recognise_hdf5(Bytes bytes, const Limits& limits);
void check_hdf5(Scan& scan, const Artifact& artifact);

}  // namespace pratique::scanner
