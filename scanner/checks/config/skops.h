// skops: a scikit-learn model as a zip of schema.json and arrays. The schema is a tree of nodes,
// each with the class that it becomes and the loader that makes it so:
//
//   {"__class__": "LogisticRegression", "__module__": "sklearn.linear_model._logistic",
//    "__loader__": "ObjectNode", "content": {...}, "__id__": 1}
//
// Protocol 0 names a function in the content: {"module_path": "numpy", "function": "log"}.
//
// Facts: skops/io/_general.py, _numpy.py, _sklearn.py (protocol 2), old/_general_v0.py.
#pragma once

#include "scanner/checks/config/met.h"

namespace pratique::scanner {

/// A node of a schema, met by its `__module__`: not every node names its loader.
void check_skops_node(const Met& met);

}  // namespace pratique::scanner
