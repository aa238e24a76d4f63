// An ONNX model: one protobuf message that holds the graph, its weights and who made it. Tensors
// are not only the initializers of the main graph: nodes carry them in attributes, attributes carry
// whole graphs (the branches of If, the body of Loop), functions carry nodes, and training has
// graphs of its own. The walk finds them all, with a list of its own instead of recursion, and
// reads nothing but tags and lengths on its way.
//
//   ModelProto      ir_version 1 · producer 2, 3 · domain 4 · model_version 5 · doc 6
//                   opset_import 8 · metadata_props 14
//     graph 7         node 1 · initializer 5 · input 11 · output 12 · sparse_initializer 15
//       NodeProto       name 3 · op_type 4 · attribute 5 · domain 7
//         AttributeProto  name 1 · t 5 · g 6 · tensors 10 · graphs 11 · sparse 22, 23
//     training_info 20  initialization 1 · algorithm 2: graphs
//     functions 25      name 1 · node 7 · attribute_proto 11
//
// Source: onnx/onnx.proto.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "formats/onnx/tensor.h"

namespace pratique::onnx {

/// A step on the way to a tensor. Nodes have a number, the how-manieth they are in their graph, and
/// perhaps a name that other nodes may have too; list items have a number only, all else a name.
struct Key {
    std::string_view name;
    std::optional<std::uint64_t> number;
};

/// Ways are kept as a tree, as a name that thousands of tensors share stands in the file once.
struct Place {
    std::uint32_t parent = 0;  ///< index into Model::places; that of the root is 0, the root itself
    Key key;
};

struct PlacedTensor {
    Tensor tensor;
    std::uint32_t place = 0;
};

struct PlacedSparse {
    SparseTensor tensor;
    std::uint32_t place = 0;
};

struct Opset {
    std::string_view domain;  ///< empty: ai.onnx
    std::int64_t version = 0;
};

struct Property {
    std::string_view key;
    std::string_view value;
};

struct Dimension {
    std::optional<std::int64_t> extent;
    std::string_view symbol;  ///< "batch"; empty if there is none
};

/// An input or output of the main graph.
struct Value {
    std::string_view name;
    std::string_view kind;       ///< "tensor", "sequence", "map", "opaque", "sparse", "optional"
    std::int32_t data_type = 0;  ///< of tensors, sparse ones too
    bool has_shape = false;
    std::vector<Dimension> shape;
};

/// Texts are views of the file, and any bytes.
struct Model {
    std::int64_t ir_version = 0;
    std::string_view producer_name;
    std::string_view producer_version;
    std::string_view domain;
    std::int64_t model_version = 0;
    std::string_view doc;
    std::string_view graph_name;
    std::vector<Opset> opsets;
    std::vector<Property> properties;
    std::vector<Value> inputs;
    std::vector<Value> outputs;
    std::uint64_t nodes = 0;  ///< of all graphs and functions
    std::uint64_t functions = 0;
    /// In the order of the file. An initializer of the main graph lies at its name; a tensor in an
    /// attribute at the name of the node (its number if it has none), the name of the attribute
    /// and, in a list, its number; below these whatever a nested graph holds. Functions are below
    /// "functions" and their name, training graphs below "training_info" and their number.
    std::vector<PlacedTensor> tensors;
    std::vector<PlacedSparse> sparse;
    std::vector<Place> places;  ///< the first is the root
};

/// The fields of a ModelProto, with an ir_version and a graph. Fields that it does not have are
/// passed over, as its readers do, if the graph is one without doubt. Files that end inside of the
/// graph are recognised too.
bool recognise(Bytes bytes);

/// Reads a model. `limits.members` bounds tensors, and inputs, outputs and properties together.
/// Errors: those of read_tensor() and read_sparse(), bad_name (an initializer without a name),
/// limit_depth (more than 100 messages inside each other), limit_members, limit_nodes. Two tensors
/// at one place are not looked for. Thread-safe.
Result<Model> read_model(Bytes bytes, const Limits& limits);

}  // namespace pratique::onnx
