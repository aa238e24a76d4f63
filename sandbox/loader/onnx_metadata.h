// What an ONNX model says about itself, as the metadata of a load.
#pragma once

#include "formats/onnx/model.h"
#include "sandbox/loader/tree.h"

namespace pratique::loader {

/// Adds the versions, properties, inputs and outputs.
void describe_onnx(const onnx::Model& model, Tree& tree, DictBuilder& out);

}  // namespace pratique::loader
