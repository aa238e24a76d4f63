// TensorFlow.js: { "modelTopology": { "node": [ { "name", "op", … } ], … } or Keras' configuration,
//                  "weightsManifest": [ { "paths": [ "group1-shard1of1.bin" ], … } ] }
#include "base/text.h"
#include "rules/findings.h"
#include "scanner/checks/tensorflow/graph.h"
#include "scanner/checks/tensorflow/operators.h"
#include "scanner/checks/tensorflow/tensorflow.h"

namespace pratique::scanner {
namespace {

/// The items of an array; none of anything else.
const json::Array& items(const json::Value* value) {
    static const json::Array kNone;
    const auto* array = value == nullptr ? nullptr : value->as<json::Array>();
    return array == nullptr ? kNone : *array;
}

std::string_view text_of(const json::Value* value) {
    const auto* text = value == nullptr ? nullptr : value->as<std::string>();
    return text == nullptr ? std::string_view() : std::string_view(*text);
}

void check_nodes(Scan& scan, const Artifact& artifact, const json::Array& nodes) {
    for (const json::Value& node : nodes) {
        const Operator* op = find_operator(text_of(node.find("op")));
        if (op == nullptr || op->reach == Reach::saver || op->reach == Reach::asset) continue;
        scan.find(RuleId::tensorflow_js_operator, artifact, 0,
                  escape(text_of(node.find("name")), 100) + ": " + std::string(op->name));
    }
}

}  // namespace

void check_tfjs(Scan& scan, const Artifact& artifact, const Document& document) {
    const json::Value* topology = document.root().find("modelTopology");
    if (topology != nullptr) {
        check_nodes(scan, artifact, items(topology->find("node")));
        if (const json::Value* library = topology->find("library")) {
            for (const json::Value& function : items(library->find("function"))) {
                check_nodes(scan, artifact, items(function.find("nodeDef")));
            }
        }
    }
    for (const json::Value& group : items(document.root().find("weightsManifest"))) {
        for (const json::Value& path : items(group.find("paths"))) {
            if (!leads_out(text_of(&path))) continue;
            scan.find(RuleId::tensorflow_js_weights, artifact, 0, escape(text_of(&path), 200));
        }
    }
}

}  // namespace pratique::scanner
