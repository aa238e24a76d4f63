// TensorFlow: graphs are programs whose operators can open files and connections, whatever they
// are for; Keras' configuration lies in them as JSON; checkpoints are elements and where they lie.
#pragma once

#include "scanner/checks/document/document.h"

namespace pratique::scanner {

Claim recognise_saved_model(Bytes bytes, const Limits& limits);
Claim recognise_meta_graph(Bytes bytes, const Limits& limits);
Claim recognise_graph(Bytes bytes, const Limits& limits);
Claim recognise_keras_metadata(Bytes bytes, const Limits& limits);

void check_saved_model(Scan& scan, const Artifact& artifact);
void check_meta_graph(Scan& scan, const Artifact& artifact);
void check_graph(Scan& scan, const Artifact& artifact);
/// `keras_metadata.pb`: Keras' JSON, object by object.
void check_keras_metadata(Scan& scan, const Artifact& artifact);

/// A graph or a model as text, or the file `checkpoint`.
Claim recognise_tensorflow_text(Bytes bytes, const Limits& limits);
void check_tensorflow_text(Scan& scan, const Artifact& artifact);

/// The index of a checkpoint.
void check_bundle_index(Scan& scan, const Artifact& artifact);

/// A shard of a checkpoint by its name, `….data-00000-of-00001`, and one of TensorFlow.js,
/// `group1-shard1of1.bin`: elements without any form.
bool is_bundle_shard(std::string_view name);
bool is_js_shard(std::string_view name);
void check_shard(Scan& scan, const Artifact& artifact);

/// TensorFlow.js' `model.json`: a graph, or Keras' configuration, and the names of files of
/// weights.
void check_tfjs(Scan& scan, const Artifact& artifact, const Document& document);

}  // namespace pratique::scanner
