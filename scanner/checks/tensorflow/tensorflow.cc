#include "scanner/checks/tensorflow/tensorflow.h"

#include "base/text.h"
#include "formats/tensorflow/text_proto.h"
#include "rules/findings.h"
#include "scanner/checks/pickle/check.h"
#include "scanner/checks/tensorflow/graph.h"

namespace pratique::scanner {
namespace {

using tensorflow::Kind;
using tensorflow::Model;

Claim claim(Bytes bytes, Kind kind) {
    return tensorflow::recognise(bytes, kind) ? Claim::weak : Claim::no;
}

/// JSON that names no layer is data; what Keras makes of one that does is for the checks of
/// documents.
void check_objects(Scan& scan, const Artifact& artifact, const Model& model, const Place& place) {
    for (const tensorflow::Object& object : model.objects) {
        const std::string name = "object[" + std::to_string(object.number) + "]";
        const std::size_t first = object.metadata.find_first_not_of(" \t\r\n");
        if (first == std::string_view::npos || object.metadata[first] != '{') {
            scan.descend(artifact, name, as_bytes(object.metadata));
            continue;
        }
        // Keras' reader is laxer than ours: what it may understand and we do not is a gap.
        const auto root = json::parse(object.metadata);
        if (!root) {
            scan.gap({root.error().code, place(object.at) + root.error().offset}, artifact);
            continue;
        }
        Artifact child = artifact;
        child.chain = chained(artifact, name);
        child.bytes = as_bytes(object.metadata);
        check_document(scan, child, *root);
    }
}

void check_model(Scan& scan, const Artifact& artifact, Bytes bytes, Kind kind, const Place& place) {
    const Model model = tensorflow::read(bytes, kind);
    judge_graph(scan, artifact, model, place);
    check_objects(scan, artifact, model, place);
    if (model.error) scan.gap({model.error->code, place(model.error->offset)}, artifact);
    // What TensorFlow does not read may be meant for somebody else.
    if (model.error || model.unknown_fields > 0) search_hidden_pickles(scan, artifact);
}

void check_bytes(Scan& scan, const Artifact& artifact, Kind kind) {
    check_model(scan, artifact, artifact.bytes, kind, [](std::uint64_t at) { return at; });
}

/// Paths of checkpoints: whoever loads the newest one opens what is named here.
void check_checkpoint(Scan& scan, const Artifact& artifact, const tensorflow::Encoded& encoded) {
    protobuf::Message message(encoded.view());
    for (;;) {
        const auto field = message.next();
        if (!field || !*field) return;
        const std::string_view path = text((*field)->content);
        if (!leads_out(path)) continue;
        const bool climbs = path.starts_with("..") || path.find("/..") != std::string_view::npos;
        scan.find(
            climbs ? RuleId::tensorflow_checkpoint_climbs : RuleId::tensorflow_checkpoint_path,
            artifact, encoded.place((*field)->at), escape(path, 200));
    }
}

std::optional<Kind> kind_of(tensorflow::TextKind kind) {
    switch (kind) {
        case tensorflow::TextKind::saved_model: return Kind::saved_model;
        case tensorflow::TextKind::meta_graph: return Kind::meta_graph;
        case tensorflow::TextKind::graph: return Kind::graph;
        case tensorflow::TextKind::checkpoint:
        case tensorflow::TextKind::no: break;
    }
    return std::nullopt;
}

}  // namespace

Claim recognise_saved_model(Bytes bytes, const Limits& /*limits*/) {
    return claim(bytes, Kind::saved_model);
}
Claim recognise_meta_graph(Bytes bytes, const Limits& /*limits*/) {
    return claim(bytes, Kind::meta_graph);
}
Claim recognise_graph(Bytes bytes, const Limits& /*limits*/) { return claim(bytes, Kind::graph); }
Claim recognise_keras_metadata(Bytes bytes, const Limits& /*limits*/) {
    return claim(bytes, Kind::keras_metadata);
}

void check_saved_model(Scan& scan, const Artifact& artifact) {
    check_bytes(scan, artifact, Kind::saved_model);
}
void check_meta_graph(Scan& scan, const Artifact& artifact) {
    check_bytes(scan, artifact, Kind::meta_graph);
}
void check_graph(Scan& scan, const Artifact& artifact) { check_bytes(scan, artifact, Kind::graph); }
void check_keras_metadata(Scan& scan, const Artifact& artifact) {
    check_bytes(scan, artifact, Kind::keras_metadata);
}

Claim recognise_tensorflow_text(Bytes bytes, const Limits& /*limits*/) {
    return tensorflow::recognise_text(bytes) == tensorflow::TextKind::no ? Claim::no : Claim::weak;
}

void check_tensorflow_text(Scan& scan, const Artifact& artifact) {
    search_hidden_pickles(scan, artifact);
    const tensorflow::TextKind kind = tensorflow::recognise_text(artifact.bytes);
    const auto encoded = tensorflow::encode(artifact.bytes, kind);
    if (!encoded) return scan.gap(encoded.error(), artifact);
    const auto graph = kind_of(kind);
    if (!graph) return check_checkpoint(scan, artifact, *encoded);
    check_model(scan, artifact, encoded->view(), *graph,
                [&](std::uint64_t at) { return encoded->place(at); });
}

}  // namespace pratique::scanner
