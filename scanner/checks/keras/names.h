// What is known of the names in a Keras configuration: which are classes and functions of Keras
// itself that only build layers and compute, which of its functions do more than that, and what
// the code of a Lambda has no use for.
#pragma once

#include <string_view>

namespace pratique::scanner::keras {

/// A module of Keras, under any of the names that it had: "keras", "keras.src.layers",
/// "tf_keras", "tensorflow.python.keras", …; also of its libraries of models.
bool is_own_module(std::string_view module);

/// A class of Keras that builds and computes, by its last name. The ones that carry or load code
/// (Lambda, TFSMLayer, …) are none of these.
bool is_class(std::string_view name);
/// The same in a module of which all classes are such: operations, and models of keras_hub.
bool is_class(std::string_view module, std::string_view name);

/// A function of Keras that computes: an activation, a loss, a metric, an initializer, …
bool is_function(std::string_view name);
/// The same in a module of which all functions compute.
bool is_function(std::string_view module, std::string_view name);

/// A function of Keras that no model has a use for: it loads, downloads, registers or unlocks.
/// Keras refuses them today (CVE-2025-8747, CVE-2025-9906).
bool is_gadget(std::string_view name);

/// A name that reaches out of arithmetic, as a global or an attribute in carried code.
bool reaches_out(std::string_view name);

/// A symbol of TensorFlow, as a TFOpLambda names it ("math.multiply", "io.read_file"), that reads,
/// writes, loads or calls Python.
bool is_effect_of_tensorflow(std::string_view symbol);

}  // namespace pratique::scanner::keras
