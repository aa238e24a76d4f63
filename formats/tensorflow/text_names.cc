#include "formats/tensorflow/text_names.h"

#include <algorithm>
#include <array>

namespace pratique::tensorflow {
namespace {

// clang-format off
constexpr auto kNames = std::to_array<Name>({
    {Type::saved_model, "saved_model_schema_version", 1, Type::number},
    {Type::saved_model, "meta_graphs", 2, Type::meta_graph},
    {Type::meta_graph, "meta_info_def", 1, Type::meta_info},
    {Type::meta_graph, "graph_def", 2, Type::graph},
    {Type::meta_graph, "saver_def", 3, Type::saver},
    {Type::meta_graph, "collection_def", 4, Type::collection},
    {Type::meta_graph, "signature_def", 5, Type::skip},
    {Type::meta_graph, "asset_file_def", 6, Type::asset},
    {Type::meta_graph, "object_graph_def", 7, Type::object_graph},
    {Type::collection, "key", 1, Type::text},
    {Type::collection, "value", 2, Type::collection_def},
    {Type::collection_def, "any_list", 5, Type::any_list},
    {Type::any_list, "value", 1, Type::any},
    {Type::any, "value", 2, Type::text},
    {Type::any, kAnyType, 2, Type::asset},
    {Type::meta_info, "tensorflow_version", 5, Type::text},
    {Type::saver, "filename_tensor_name", 1, Type::text},
    {Type::asset, "tensor_info", 1, Type::tensor_info},
    {Type::asset, "filename", 2, Type::text},
    {Type::tensor_info, "name", 1, Type::text},
    {Type::object_graph, "nodes", 1, Type::object},
    {Type::object, "user_object", 4, Type::user_object},
    {Type::user_object, "identifier", 1, Type::text},
    {Type::user_object, "metadata", 3, Type::text},
    {Type::graph, "node", 1, Type::node},
    {Type::graph, "library", 2, Type::library},
    {Type::graph, "version", 3, Type::skip},
    {Type::graph, "versions", 4, Type::skip},
    {Type::graph, "debug_info", 5, Type::skip},
    {Type::library, "function", 1, Type::function},
    {Type::function, "signature", 1, Type::signature},
    {Type::function, "node_def", 3, Type::node},
    {Type::signature, "name", 1, Type::text},
    {Type::signature, "input_arg", 2, Type::argument},
    {Type::argument, "name", 1, Type::text},
    {Type::argument, "number_attr", 5, Type::text},
    {Type::argument, "type_list_attr", 6, Type::text},
    {Type::node, "name", 1, Type::text},
    {Type::node, "op", 2, Type::text},
    {Type::node, "input", 3, Type::text},
    {Type::node, "attr", 5, Type::attribute},
    {Type::attribute, "key", 1, Type::text},
    {Type::attribute, "value", 2, Type::value},
    {Type::value, "list", 1, Type::list},
    {Type::value, "s", 2, Type::text},
    {Type::value, "tensor", 8, Type::tensor},
    {Type::value, "func", 10, Type::call},
    {Type::list, "s", 2, Type::text},
    {Type::list, "tensor", 8, Type::tensor},
    {Type::list, "func", 9, Type::call},
    {Type::call, "name", 1, Type::text},
    {Type::call, "attr", 2, Type::attribute},
    {Type::tensor, "dtype", 1, Type::number},
    {Type::tensor, "tensor_shape", 2, Type::shape},
    {Type::tensor, "tensor_content", 4, Type::text},
    {Type::tensor, "string_val", 8, Type::text},
    {Type::shape, "dim", 2, Type::dimension},
    {Type::dimension, "size", 1, Type::number},
    {Type::checkpoint, "model_checkpoint_path", 1, Type::text},
    {Type::checkpoint, "all_model_checkpoint_paths", 2, Type::text},
    {Type::checkpoint, "all_model_checkpoint_timestamps", 3, Type::skip},
    {Type::checkpoint, "last_preserved_timestamp", 4, Type::skip},
});
// clang-format on

}  // namespace

const Name* find(Type in, std::string_view name) {
    const auto* found = std::ranges::find_if(
        kNames, [&](const Name& row) { return row.in == in && row.name == name; });
    return found == kNames.end() ? nullptr : found;
}

}  // namespace pratique::tensorflow
