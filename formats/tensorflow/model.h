// TensorFlow's graphs: what operators a model is made of, how they feed each other, and the files
// that it names. A graph is a program, so what is kept is its shape: weights are stepped over by
// their length.
//
// clang-format off
//   SavedModel     1 schema version | 2 MetaGraphDef, repeated
//   MetaGraphDef   1 meta_info | 2 GraphDef | 3 saver {1 filename_tensor} | 4 collection {1 key |
//                  2 {5 {1 {1 type | 2 message}, repeated}}}: "saved_model_assets" holds assets
//                  5 signatures | 6 asset {1 tensor {1 name} | 2 filename} | 7 object graph
//   GraphDef       1 NodeDef, repeated | 2 library {1 FunctionDef, repeated} | 3, 4 versions
//   FunctionDef    1 signature {1 name | 2 argument {1 name}} | 3 NodeDef, repeated | 4 returns
//   NodeDef        1 name | 2 op | 3 input, repeated | 4 device | 5 attribute {1 key | 2 AttrValue}
//   AttrValue      1 list {2 s | 8 tensor | 9 func} | 2 s | 8 tensor | 10 func {1 name | 2 attr}
//   object graph   1 object {4 user_object {1 identifier | 3 metadata, Keras' JSON}}, repeated
//   keras_metadata.pb   1 object {2 node_id | 3 path | 4 identifier | 5 metadata}, repeated
// clang-format on
//
// A field that a message has once may stand in it several times, and protobuf merges them: nodes
// are added, of a text the last counts. So it is read here. An input is "node", "node:1", "^node"
// (only the order); in functions also "argument" and "node:output:0".
//
// Source: tensorflow/core/protobuf/{saved_model,meta_graph,saver,saved_object_graph}.proto,
// core/framework/{graph,node_def,function,attr_value,tensor}.proto, keras/protobuf/
// saved_metadata.proto (TensorFlow 2.18).
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "formats/protobuf/wire.h"

namespace pratique::tensorflow {

enum class Kind : std::uint8_t { saved_model, meta_graph, graph, keras_metadata };

/// Whether the bytes hold parts that only this kind has. Fields that do not belong are passed over,
/// as protobuf does: bytes can be of several kinds, and each reader takes its own parts.
bool recognise(Bytes bytes, Kind kind);

/// The hashes that stand beside a SavedModel: `fingerprint.pb`, to its last byte.
bool recognise_fingerprint(Bytes bytes);

/// A graph with the functions of its library: the main one, or one function.
struct Graph {
    std::string_view name;      ///< of a function; empty for the main graph
    std::uint32_t library = 0;  ///< the number of the MetaGraphDef, whose functions it may call
    std::vector<std::string_view> arguments;
    bool lists = false;  ///< an argument stands for several inputs
};

struct Node {
    std::string_view name;
    std::string_view op;
    std::uint32_t graph = 0;        ///< index into Model::graphs
    std::uint32_t first_input = 0;  ///< index into Model::inputs
    std::uint32_t inputs = 0;
    bool op_twice = false;  ///< two different operators are given; the last counts
    Bytes body;             ///< the message, for attribute()
    std::uint64_t at = 0;   ///< offset of body
};

/// A node that has a function as an attribute.
struct Call {
    std::uint32_t node = 0;
    std::string_view function;
};

struct Asset {
    std::string_view tensor;  ///< "name:0": where the loader feeds the path
    std::string_view filename;
    std::uint64_t at = 0;
};

/// What Keras, or whoever made the object, says of it.
struct Object {
    std::string_view identifier;
    std::string_view metadata;
    std::uint64_t number = 0;
    std::uint64_t at = 0;  ///< offset of metadata
};

/// Texts are views of the file, and any bytes.
struct Model {
    std::vector<Graph> graphs;
    std::vector<Node> nodes;
    std::vector<std::string_view> inputs;
    std::vector<Call> calls;
    std::vector<Asset> assets;
    std::vector<std::string_view> saver_files;  ///< "name:0": where the saver's path is fed
    std::vector<Object> objects;
    std::uint64_t unknown_fields = 0;  ///< of the messages drawn above down to NodeDef
    std::uint64_t unknown_at = 0;      ///< of the first
    std::optional<Error> error;        ///< where reading ended; what was read before is kept
};

/// Reads bytes of a kind. Errors: truncated, bad_number, bad_header, unsupported (a group),
/// limit_nodes (more than 2,000,000 nodes, or 10,000,000 other parts), limit_depth (functions as
/// attributes of functions, more than 100 deep). Thread-safe.
Model read(Bytes bytes, Kind kind);

/// The texts of a node's attribute: its text, those of a list, those of a tensor of texts. None if
/// it is something else. Errors: those of protobuf::Message, limit_members (more than 10,000).
Result<std::vector<std::string_view>> texts(const Node& node, std::string_view key);

}  // namespace pratique::tensorflow
