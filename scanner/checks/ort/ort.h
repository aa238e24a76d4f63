// ONNX Runtime's own form of a model is judged as the model would be: by its operators, by what
// they are told, and by whether its tensors are as long as they say.
#pragma once

#include "scanner/scan.h"

namespace pratique::scanner {

void check_ort(Scan& scan, const Artifact& artifact);

}  // namespace pratique::scanner
