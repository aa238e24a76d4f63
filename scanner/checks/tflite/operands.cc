#include "scanner/checks/tflite/operands.h"

#include <algorithm>
#include <utility>

namespace pratique::scanner {
namespace {

using tflite::Model;
using tflite::Operator;
using tflite::Subgraph;
using tflite::Tensor;

const Tensor& tensor_at(const Subgraph& graph, std::int32_t index) {
    return graph.tensors[static_cast<std::size_t>(index)];
}

bool is_constant(const Model& model, const Tensor& tensor) {
    return !tensor.variable && model.buffers.size() > tensor.buffer &&
           model.buffers[tensor.buffer].bytes() != 0;
}

/// SEGMENT_SUM {data, segment_ids i32}: the ids go up from 0, at most one at a time, and there is
/// one for each row.
bool has_bad_segments(const Model& model, const Subgraph& graph, const Operator& op) {
    constexpr std::int8_t kInt32 = 2;
    if (op.inputs.size() < 2 || op.inputs[0] < 0 || op.inputs[1] < 0) return true;
    const Tensor& data = tensor_at(graph, op.inputs[0]);
    const Tensor& ids = tensor_at(graph, op.inputs[1]);
    if (!is_constant(model, ids) || ids.type != kInt32) return false;
    const Bytes bytes = model.buffers[ids.buffer].data;
    const std::size_t count = bytes.size() / sizeof(std::int32_t);
    if (data.shape.empty() || std::cmp_not_equal(data.shape[0], count)) return true;
    std::int32_t last = 0;
    Reader in(bytes);
    for (std::size_t i = 0; i < count; ++i) {
        const auto id = static_cast<std::int32_t>(in.le<std::uint32_t>().value());
        if (id < last || id > std::int64_t{last} + (i == 0 ? 0 : 1)) return true;
        last = id;
    }
    return false;
}

}  // namespace

Filled::Filled(const Model& model, const Subgraph& graph) : filled_(graph.tensors.size()) {
    for (std::size_t i = 0; i < filled_.size(); ++i) {
        const Tensor& tensor = graph.tensors[i];
        const bool is_empty = std::ranges::find(tensor.shape, 0) != tensor.shape.end();
        filled_[i] = tensor.variable || is_empty || is_constant(model, tensor);
    }
    for (const std::int32_t input : graph.inputs) fill(input);
}

std::string_view find_operand_fault(const Model& model, const Subgraph& graph, const Operator& op,
                                    Filled& filled) {
    for (const std::int32_t input : op.inputs) {
        if (input != -1 && !filled.holds(input)) return "nothing fills an input";
    }
    for (const std::int32_t output : op.outputs) {
        if (output == -1) return "an output is left out";
        filled.fill(output);
        if (is_constant(model, tensor_at(graph, output))) return "an output is a constant";
        if (std::ranges::find(op.inputs, output) != op.inputs.end() &&
            !tensor_at(graph, output).variable) {
            return "an output is an input";
        }
    }
    const bool is_segment_sum = model.codes[op.code].builtin == tflite::kSegmentSum;
    if (is_segment_sum && has_bad_segments(model, graph, op)) return "segments out of order";
    return {};
}

}  // namespace pratique::scanner
