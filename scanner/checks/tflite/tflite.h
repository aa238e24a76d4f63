// TensorFlow Lite: no code by itself, and a runtime that long believed every number in the file.
// Operators may be those of TensorFlow, which read files, and a zip may hang on behind.
#pragma once

#include "scanner/scan.h"

namespace pratique::scanner {

/// A TFLite or Circle model, and the zip behind it if there is one.
void check_tflite(Scan& scan, const Artifact& artifact);

}  // namespace pratique::scanner
