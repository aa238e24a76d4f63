// What the operators of a graph do, judged with the paths that they are given.
#pragma once

#include <functional>

#include "formats/tensorflow/model.h"
#include "scanner/scan.h"

namespace pratique::scanner {

/// Does a path that a model names lead out of the model's folder, or to another machine?
bool leads_out(std::string_view path);

/// Where in the artifact lies what a model gives as an offset.
using Place = std::function<std::uint64_t(std::uint64_t at)>;

/// Reports operators that reach out of the graph, and assets that lie elsewhere.
void judge_graph(Scan& scan, const Artifact& artifact, const tensorflow::Model& model,
                 const Place& place);

}  // namespace pratique::scanner
