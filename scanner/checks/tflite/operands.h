// What operators of TFLite are given, where that alone has made kernels write outside.
#pragma once

#include <string_view>

#include "formats/tflite/model.h"

namespace pratique::scanner {

/// What is wrong with the operands, or nothing. All numbers of `op` lead to something, or are -1.
std::string_view find_operand_fault(const tflite::Model& model, const tflite::Subgraph& graph,
                                    const tflite::Operator& op);

}  // namespace pratique::scanner
