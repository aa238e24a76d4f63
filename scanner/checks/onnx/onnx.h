// An ONNX model is data to its own library, but for three things: the files that it names, the
// operators that it wants from elsewhere, and what it costs to read. All graphs are looked through,
// and of tensors everything but their elements.
#pragma once

#include "scanner/scan.h"

namespace pratique::scanner {

/// A ModelProto.
void check_onnx(Scan& scan, const Artifact& artifact);
/// A file that is one TensorProto.
void check_onnx_tensor(Scan& scan, const Artifact& artifact);
/// A file that is one NodeProto, as beside the tests of operators.
void check_onnx_node(Scan& scan, const Artifact& artifact);
/// A file that is one SequenceProto or OptionalProto.
void check_onnx_sequence(Scan& scan, const Artifact& artifact);

}  // namespace pratique::scanner
