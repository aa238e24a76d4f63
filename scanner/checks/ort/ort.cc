#include "scanner/checks/ort/ort.h"

#include <optional>

#include "base/checked.h"
#include "base/text.h"
#include "formats/onnx/tensor.h"
#include "formats/ort/model.h"
#include "rules/findings.h"
#include "scanner/checks/onnx/nodes.h"
#include "scanner/checks/text/metadata.h"

namespace pratique::scanner {
namespace {

/// Whether the data is as long as type and dimensions say.
bool is_sound(const ort::Tensor& tensor) {
    const onnx::ElementType* type = onnx::element_type(tensor.type);
    if (type == nullptr) return false;
    std::uint64_t count = 1;
    for (const std::int64_t extent : tensor.dims) {
        if (extent < 0) return false;
        count = saturating_mul(count, static_cast<std::uint64_t>(extent));
    }
    if (tensor.external) return true;
    if (type->is_string()) return tensor.texts == count;
    const std::uint64_t bits = saturating_mul(count, std::uint64_t{type->bits});
    return tensor.bytes == bits / 8 + (bits % 8 != 0 ? 1 : 0);
}

void check_text(Scan& scan, const Artifact& artifact, std::string_view text) {
    if (!find_markup(text).empty()) {
        scan.find(RuleId::onnx_metadata_markup, artifact, 0, escape(text, 200));
    }
    if (!find_python(text).empty()) {
        scan.find(RuleId::onnx_metadata_code, artifact, 0, escape(text, 200));
    }
}

}  // namespace

void check_ort(Scan& scan, const Artifact& artifact) {
    const auto model = ort::read(artifact.bytes);
    if (!model) {
        if (model.error().code == Errc::limit_depth) {
            scan.find(RuleId::onnx_nesting, artifact, model.error().offset);
        }
        return scan.gap(model.error(), artifact);
    }
    Nodes nodes(scan, artifact);
    for (const ort::Node& node : model->nodes) {
        const Operator called{node.domain, node.op_type, {}};
        nodes.judge(called, node.at);
        for (const std::string_view text : node.texts) nodes.judge_text(called, text, node.at);
    }
    nodes.finish();
    for (const ort::Tensor& tensor : model->tensors) {
        if (is_sound(tensor)) continue;
        scan.find(RuleId::onnx_tensor_size, artifact, tensor.at, escape(tensor.name, 200));
    }
    for (const std::string_view text : model->texts) check_text(scan, artifact, text);
}

}  // namespace pratique::scanner
