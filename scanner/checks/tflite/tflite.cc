#include "scanner/checks/tflite/tflite.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/checked.h"
#include "base/text.h"
#include "formats/archive/zip.h"
#include "formats/tflite/model.h"
#include "rules/findings.h"
#include "scanner/checks/archive/archive.h"
#include "scanner/checks/text/metadata.h"
#include "scanner/checks/tflite/flex.h"
#include "scanner/checks/tflite/operands.h"

namespace pratique::scanner {
namespace {

using tflite::Model;
using tflite::Operator;
using tflite::Subgraph;
using tflite::Tensor;

/// Custom operators of TensorFlow Lite's own libraries and of MediaPipe, in order.
constexpr auto kKnownCustom = std::to_array<std::string_view>({
    "AudioSpectrogram",
    "Convolution2DTransposeBias",
    "DenseImageWarp",
    "Landmarks2TransformMatrix",
    "Landmarks2TransformMatrixV2",
    "MaxPoolingWithArgmax2D",
    "MaxUnpooling2D",
    "Mfcc",
    "NumericVerify",
    "Resampler",
    "RollOp",
    "SentencepieceTokenize",
    "TFLite_Detection_PostProcess",
    "TFSentencepieceTokenizeOp",
    "TfLiteStringTokenize",
    "TransformLandmarks",
    "TransformTensor",
    "TransformTensorBilinear",
    "TransformTensorBilinearV2",
});
static_assert(std::ranges::is_sorted(kKnownCustom));

class TfliteCheck {
public:
    TfliteCheck(Scan& scan, const Artifact& artifact, const Model& model)
        : scan_(scan), artifact_(artifact), model_(model) {}

    void run() {
        for (const tflite::Buffer& buffer : model_.buffers) check_buffer(buffer);
        for (const tflite::Metadata& each : model_.metadata) {
            expect(each.buffer, model_.buffers.size(), "buffer", each.at);
        }
        for (const tflite::OperatorCode& code : model_.codes) check_code(code);
        for (const Subgraph& graph : model_.subgraphs) check_graph(graph);
        check_cycles();
        if (const auto found = find_markup(model_.description); !found.empty()) {
            scan_.find(RuleId::tflite_description_markup, artifact_, 0,
                       escape(model_.description, 200));
        }
    }

private:
    /// A finding if there is no element of this number.
    bool expect(std::int64_t index, std::size_t count, std::string_view what, std::uint64_t at) {
        if (index >= 0 && std::cmp_less(index, count)) return true;
        scan_.find(
            RuleId::tflite_index, artifact_, at,
            std::string(what) + " " + std::to_string(index) + " of " + std::to_string(count));
        return false;
    }

    /// The same of tensors; -1 stands for none in the lists of operators.
    bool expect_tensors(const std::vector<std::int32_t>& indices, const Subgraph& graph,
                        std::uint64_t at, bool may_lack) {
        bool sound = true;
        for (const std::int32_t index : indices) {
            if (index == -1 && may_lack) continue;
            sound = expect(index, graph.tensors.size(), "tensor", at) && sound;
        }
        return sound;
    }

    void expect_inside(std::uint64_t offset, std::uint64_t size, std::uint64_t at) {
        if (fits(offset, size, artifact_.bytes.size())) return;
        scan_.find(RuleId::tflite_buffer_outside, artifact_, at,
                   std::to_string(size) + " bytes at " + std::to_string(offset));
    }

    void check_buffer(const tflite::Buffer& buffer) {
        if (buffer.is_outside()) expect_inside(buffer.offset, buffer.size, buffer.at);
    }

    void check_code(const tflite::OperatorCode& code) {
        if (code.builtin != tflite::kCustom || code.custom.starts_with("Flex")) return;
        if (std::ranges::binary_search(kKnownCustom, code.custom)) return;
        scan_.find(RuleId::tflite_custom_operator, artifact_, code.at, escape(code.custom, 200));
    }

    void check_graph(const Subgraph& graph) {
        for (const Tensor& tensor : graph.tensors) check_tensor(tensor);
        const bool has_ends = expect_tensors(graph.inputs, graph, graph.at, false);
        expect_tensors(graph.outputs, graph, graph.at, false);
        Filled filled(model_, graph);
        for (const Operator& op : graph.operators) {
            if (check_operator(op, graph) && has_ends) check_operands(op, graph, filled);
        }
    }

    void check_tensor(const Tensor& tensor) {
        if (!expect(tensor.buffer, model_.buffers.size(), "buffer", tensor.at)) return;
        const std::uint64_t bytes = model_.buffers[tensor.buffer].bytes();
        const std::uint32_t bits = tflite::bits_of(tensor.type);
        std::uint64_t product = 1;
        for (const std::int32_t extent : tensor.shape) {
            if (extent < 0) return report_shape(tensor);
            product = saturating_mul(product, static_cast<std::uint64_t>(extent));
        }
        const std::uint64_t total = saturating_mul(product, std::uint64_t{bits});
        const std::uint64_t needed = total / 8 + (total % 8 != 0 ? 1 : 0);
        if (bytes == 0 || bits == 0 || tensor.sparse) return;
        if (needed != bytes) report_shape(tensor);
    }

    void report_shape(const Tensor& tensor) {
        scan_.find(RuleId::tflite_tensor_size, artifact_, tensor.at, escape(tensor.name, 200));
    }

    /// False if the operator refers to what is not there.
    bool check_operator(const Operator& op, const Subgraph& graph) {
        bool sound = expect_tensors(op.inputs, graph, op.at, true);
        sound = expect_tensors(op.outputs, graph, op.at, true) && sound;
        for (const std::uint32_t index : op.calls) {
            expect(index, model_.subgraphs.size(), "subgraph", op.at);
        }
        if (op.options_offset > 1) expect_inside(op.options_offset, op.options_size, op.at);
        if (!expect(op.code, model_.codes.size(), "operator", op.at)) return false;
        const tflite::OperatorCode& code = model_.codes[op.code];
        if (code.builtin == tflite::kCustom && code.custom.starts_with("Flex")) {
            check_flex(op, code.custom.substr(4));
        }
        return sound;
    }

    void check_operands(const Operator& op, const Subgraph& graph, Filled& filled) {
        const auto fault = find_operand_fault(model_, graph, op, filled);
        if (fault.empty()) return;
        scan_.find(RuleId::tflite_operand, artifact_, op.at, std::string(fault));
    }

    void check_flex(const Operator& op, std::string_view name) {
        report_flex(op, name);
        const auto inner = flex_operator(op.custom_options);
        if (!inner) return scan_.gap({inner.error().code, op.at}, artifact_);
        if (!*inner || **inner == name) return;
        scan_.find(RuleId::tflite_flex_name, artifact_, op.at,
                   escape(name, 100) + " runs " + escape(**inner, 100));
        report_flex(op, **inner);
    }

    void report_flex(const Operator& op, std::string_view name) {
        const auto capabilities = capabilities_of_tf_operator(name);
        if (capabilities == 0) return;
        Finding finding =
            finding_of(RuleId::tflite_flex_operator, artifact_.chain, op.at, escape(name, 100));
        finding.capabilities = capabilities;
        scan_.find(std::move(finding));
    }

    /// Subgraphs that are reached from themselves: the leaves are taken away until none is left.
    void check_cycles() {
        const std::size_t count = model_.subgraphs.size();
        std::vector<std::set<std::uint32_t>> callers(count);
        std::vector<std::size_t> left(count, 0);
        for (std::uint32_t i = 0; i < count; ++i) {
            for (const Operator& op : model_.subgraphs[i].operators) {
                for (const std::uint32_t callee : op.calls) {
                    if (callee < count && callers[callee].insert(i).second) ++left[i];
                }
            }
        }
        std::vector<std::uint32_t> done;
        for (std::uint32_t i = 0; i < count; ++i) {
            if (left[i] == 0) done.push_back(i);
        }
        for (std::size_t i = 0; i < done.size(); ++i) {
            for (const std::uint32_t caller : callers[done[i]]) {
                if (--left[caller] == 0) done.push_back(caller);
            }
        }
        if (done.size() == count) return;
        const auto first = std::ranges::find_if(left, [](std::size_t n) { return n != 0; });
        const Subgraph& graph = model_.subgraphs[static_cast<std::size_t>(first - left.begin())];
        scan_.find(RuleId::tflite_subgraph_cycle, artifact_, graph.at, escape(graph.name, 200));
    }

    Scan& scan_;
    const Artifact& artifact_;
    const Model& model_;
};

}  // namespace

void check_tflite(Scan& scan, const Artifact& artifact) {
    const auto model = tflite::read(artifact.bytes);
    if (model) {
        TfliteCheck(scan, artifact, *model).run();
    } else {
        scan.gap(model.error(), artifact);
    }
    if (!zip::recognise(artifact.bytes)) return;
    if (artifact.chain.empty()) scan.identity("zip");
    check_zip_behind(scan, artifact);
}

}  // namespace pratique::scanner
