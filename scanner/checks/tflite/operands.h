// What operators of TFLite are given, where that alone has made kernels write outside.
#pragma once

#include <string_view>
#include <vector>

#include "formats/tflite/model.h"

namespace pratique::scanner {

/// Which tensors of a graph hold something when an operator runs, the operators before it done.
class Filled {
public:
    /// Before the first operator: the graph's inputs, which must all be there, and constants.
    Filled(const tflite::Model& model, const tflite::Subgraph& graph);

    bool holds(std::int32_t tensor) const { return filled_[static_cast<std::size_t>(tensor)]; }
    void fill(std::int32_t tensor) { filled_[static_cast<std::size_t>(tensor)] = true; }

private:
    std::vector<bool> filled_;
};

/// What is wrong with the operands, or nothing; fills the outputs. All numbers of `op` lead to
/// something, or are -1.
std::string_view find_operand_fault(const tflite::Model& model, const tflite::Subgraph& graph,
                                    const tflite::Operator& op, Filled& filled);

}  // namespace pratique::scanner
