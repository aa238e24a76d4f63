// An ONNX model as ONNX Runtime writes it for itself, `.ort`: the same graphs in a FlatBuffer, with
// the tensors inside. Nodes, tensors and texts are listed, wherever they are; elements are not
// looked at.
//
//   InferenceSession  ort_version 0 · model 1
//   Model   ir_version 0 · producer_name 2 · doc_string 6 · graph 7 · metadata_props 9 {key 0,
//   value 1} Graph   initializers 0 · nodes 2 · sparse_initializers 7 {values 0, indices 1} Node
//   domain 2 · op_type 5 · attributes 10 Attribute  name 0 · s 5 · t 6 · g 7 · strings 10 · tensors
//   11 · graphs 12 Tensor  name 0 · dims 2 · data_type 3 · raw_data 4 · string_data 5 ·
//   external_data_offset 6
//
// Source: onnxruntime/core/flatbuffers/schema/ort.fbs.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "formats/flatbuffers/table.h"

namespace pratique::ort {

struct Node {
    std::string_view domain;
    std::string_view op_type;
    std::vector<std::string_view> texts;  ///< in attributes
    std::uint64_t at = 0;
};

struct Tensor {
    std::string_view name;
    std::int32_t type = 0;  ///< as onnx::element_type() has it
    std::vector<std::int64_t> dims;
    std::uint64_t bytes = 0;  ///< of raw_data
    std::uint64_t texts = 0;  ///< of string_data
    bool external = false;    ///< its data lies in another file, whose name the program gives
    std::uint64_t at = 0;
};

struct Model {
    std::string_view version;             ///< of the format
    std::vector<std::string_view> texts;  ///< doc_string, keys and values of metadata_props
    std::vector<Node> nodes;
    std::vector<Tensor> tensors;
};

/// "ORTM" at offset 4.
bool recognise(Bytes bytes);

/// Reads a model. Errors: those of flatbuffers::Table, missing_record (no graph), limit_depth (more
/// than 32 graphs inside each other), limit_nodes. Thread-safe.
Result<Model> read(Bytes bytes);

}  // namespace pratique::ort
