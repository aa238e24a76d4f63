// Datasets: where their elements lie, what it takes to unpack them, how many they claim to be, and
// whether they are a pickle.
#pragma once

#include <string>

#include "formats/hdf5/dataset.h"
#include "scanner/scan.h"

namespace pratique::scanner {

/// Checks the dataset `object`, whose first name is `path`.
void check_dataset(Scan& scan, const Artifact& artifact, hdf5::File& file,
                   const hdf5::Object& object, const std::string& path);

/// Elements of this type may be a pickle: bytes and texts of fixed length.
bool is_bytes(const hdf5::Datatype& type);

/// Bytes out of the file at `path`, scanned if they begin as a pickle.
void check_blob(Scan& scan, const Artifact& artifact, std::string_view path, Bytes bytes);

}  // namespace pratique::scanner
