#include "sandbox/loader/onnx_metadata.h"

namespace pratique::loader {
namespace {

std::string_view type_name(const onnx::Value& value) {
    const onnx::ElementType* type = onnx::element_type(value.data_type);
    return type == nullptr ? "unknown" : type->name;
}

/// A dimension is a number, the name of one that is only known at run time, or nothing.
TreeId describe_dimension(const onnx::Dimension& dimension, Tree& tree) {
    if (dimension.extent) return tree.integer(*dimension.extent);
    return dimension.symbol.empty() ? tree.none() : tree.text(dimension.symbol);
}

TreeId describe_value(const onnx::Value& value, Tree& tree) {
    DictBuilder out(tree);
    out.text("name", value.name);
    if (value.kind != "tensor") out.text("kind", value.kind);
    if (value.data_type != 0) out.text("dtype", type_name(value));
    if (value.has_shape) {
        std::vector<TreeId> shape;
        for (const onnx::Dimension& each : value.shape) {
            shape.push_back(describe_dimension(each, tree));
        }
        out.add("shape", tree.container(TreeKind::list, shape));
    }
    return out.take();
}

TreeId describe_values(const std::vector<onnx::Value>& values, Tree& tree) {
    std::vector<TreeId> out;
    out.reserve(values.size());
    for (const onnx::Value& value : values) out.push_back(describe_value(value, tree));
    return tree.container(TreeKind::list, out);
}

}  // namespace

void describe_onnx(const onnx::Model& model, Tree& tree, DictBuilder& out) {
    const auto add_text = [&](std::string_view key, std::string_view value) {
        if (!value.empty()) out.text(key, value);
    };
    out.integer("ir_version", model.ir_version);
    DictBuilder opsets(tree);
    for (const onnx::Opset& each : model.opsets) {
        opsets.integer(each.domain.empty() ? "ai.onnx" : each.domain, each.version);
    }
    out.add("opset_import", opsets.take());
    add_text("producer_name", model.producer_name);
    add_text("producer_version", model.producer_version);
    add_text("domain", model.domain);
    if (model.model_version != 0) out.integer("model_version", model.model_version);
    add_text("doc_string", model.doc);
    add_text("graph", model.graph_name);
    out.integer("nodes", static_cast<std::int64_t>(model.nodes));
    if (model.functions != 0) {
        out.integer("functions", static_cast<std::int64_t>(model.functions));
    }
    out.add("inputs", describe_values(model.inputs, tree));
    out.add("outputs", describe_values(model.outputs, tree));
    DictBuilder properties(tree);
    for (const onnx::Property& each : model.properties) properties.text(each.key, each.value);
    if (!properties.empty()) out.add("metadata_props", properties.take());
}

}  // namespace pratique::loader
