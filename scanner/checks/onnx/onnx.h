// An ONNX model is data to its own library, but for three things: the files that it names, the
// operators that it wants from elsewhere, and what it costs to read. All graphs are looked through,
// and of tensors everything but their elements.
#pragma once

#include "scanner/checks/document/document.h"

namespace pratique::scanner {

/// A ModelProto.
void check_onnx(Scan& scan, const Artifact& artifact);
/// A file that is one TensorProto.
void check_onnx_tensor(Scan& scan, const Artifact& artifact);
/// A file that is one NodeProto, as beside the tests of operators.
void check_onnx_node(Scan& scan, const Artifact& artifact);
/// A file that is one SequenceProto or OptionalProto.
void check_onnx_sequence(Scan& scan, const Artifact& artifact);

/// A model as text, in protobuf's form or ONNX's own; and one as JSON.
Claim recognise_onnx_text(Bytes bytes, const Limits& limits);
void check_onnx_text(Scan& scan, const Artifact& artifact);
void check_onnx_json(Scan& scan, const Artifact& artifact, const Document& document);

}  // namespace pratique::scanner
