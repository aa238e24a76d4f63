// ONNX models: every tensor of the graph, its nodes, nested graphs, functions and training graphs.
// What lies in raw_data or in another file is used where it is; numbers in typed fields are written
// to the output, unless they lie there as they are needed.
#pragma once

#include "sandbox/loader/load.h"

namespace pratique::loader {

/// A ModelProto: format "onnx". Errors: those of onnx::read_model(), duplicate_key (two tensors at
/// one place), bad_number (a number that its type does not have), bad_name (external data that is
/// not in a file beside this one), unsupported, limit_memory (names), those of Load::add().
Status load_onnx(Load& load, Bytes bytes);

/// A bare TensorProto: format "onnx-tensor". The same errors.
Status load_onnx_tensor(Load& load, Bytes bytes);

}  // namespace pratique::loader
