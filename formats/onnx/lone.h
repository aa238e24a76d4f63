// Pieces of ONNX models that stand in files of their own, beside the tests of operators. They have
// no magic and are recognised by fields that all have the right types and fit each other.
//
//   NodeProto       input 1 · output 2 · name 3 · op_type 4 · attribute 5 · domain 7
//   SequenceProto   name 1 · elem_type 2 · tensors 3 · sparse 4 · sequences 5 · maps 6 · optionals
//   7 OptionalProto   the same with one value
//
// A MapProto alone is not told from them: {name 1, key_type 2, keys 3 …, values 5}.
// Source: onnx/onnx.proto, onnx/onnx-data.proto. A single tensor: onnx::recognise_tensor().
#pragma once

#include "base/bytes.h"

namespace pratique::onnx {

/// One NodeProto: an op_type, an input or output, and texts that can be names. Thread-safe.
bool recognise_node(Bytes bytes);
/// A SequenceProto or OptionalProto with an elem_type and at least one value of that type.
bool recognise_sequence(Bytes bytes);

}  // namespace pratique::onnx
