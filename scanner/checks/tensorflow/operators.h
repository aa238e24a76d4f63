// What TensorFlow's operators can do beside arithmetic: the few, of some 1,500, that reach out of
// the graph. Asked of graphs, and of whoever else names them: TFLite's Flex operators are
// TensorFlow's with "Flex" in front. Operators that only reach devices which the user's program
// has set up (collectives, RemoteCall, Send) are not in it.
//
// Source: tensorflow/core/ops and core/kernels (TensorFlow 2.18), tensorflow/contrib (1.15).
#pragma once

#include <string_view>

#include "rules/vocabulary.h"

namespace pratique::scanner {

/// When an operator that reaches out does harm. The paths are those of its inputs or attribute.
enum class Reach : std::uint8_t {
    always,    // whatever the path
    named,     // unless the path is empty, which switches it off
    pipeline,  // reads files of training data: high only if they lie elsewhere
    saver,     // saves and restores variables: every model has it, the path comes from outside
    asset,     // reads a file that came with the model, whose path comes from the loader
    address,   // only with an address: "grpc://…" or "file://…"
    graph,     // runs a GraphDef that it is given, which is looked at as one
    program,   // runs a program in MLIR's form, which can call what is outside
};

struct Operator {
    std::string_view name;
    rules::Capabilities capabilities = 0;
    Reach reach = Reach::always;
    std::uint8_t path_inputs = 0;       ///< bit i: input i is a path or an address
    std::string_view path_attribute{};  ///< the attribute that is one, or empty
};

/// The operator of this name, or null when it is one that only computes, or an unknown one.
/// Thread-safe.
const Operator* find_operator(std::string_view name);

/// Whether TensorFlow itself has an operator of this name. Thread-safe.
bool is_tensorflow_operator(std::string_view name);

}  // namespace pratique::scanner
