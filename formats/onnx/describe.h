// The small messages around the graph of an ONNX model that say what it is: versions, properties,
// inputs and outputs.
#pragma once

#include "formats/onnx/model.h"

namespace pratique::onnx {

/// OperatorSetIdProto {domain 1, version 2}. Errors: those of protobuf::Message.
Result<Opset> read_opset(const protobuf::Field& field);
/// StringStringEntryProto {key 1, value 2}.
Result<Property> read_property(const protobuf::Field& field);
/// ValueInfoProto {name 1, type 2}. Errors, also: limit_rank.
Result<Value> read_value(const protobuf::Field& field);

}  // namespace pratique::onnx
