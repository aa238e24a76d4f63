// Tensors of ONNX models: whether they are as long as they say, and the files that they name.
#pragma once

#include "formats/protobuf/wire.h"
#include "scanner/scan.h"

namespace pratique::scanner {

/// A TensorProto. What is wrong with it is a finding or a gap, and other tensors are still read.
void check_tensor_message(Scan& scan, const Artifact& artifact, const protobuf::Field& field);
/// A SparseTensorProto: each tensor in it.
void check_sparse_message(Scan& scan, const Artifact& artifact, const protobuf::Field& field);

/// A name of a file in a model: a finding if it leads out, else a reference to at least so many
/// bytes. `what` says in a finding what named it.
void check_location(Scan& scan, const Artifact& artifact, std::uint64_t at, std::string_view what,
                    std::string_view location, std::uint64_t bytes);

}  // namespace pratique::scanner
