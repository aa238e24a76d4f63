// The names of fields in protobuf's text, for the messages that are looked into: a few of the many
// that TensorFlow has. A field without a row is one that nothing here looks at.
#pragma once

#include <cstdint>
#include <string_view>

namespace pratique::tensorflow {

/// The messages that are looked into, and the kinds of plain values.
enum class Type : std::uint8_t {
    skip,
    text,
    number,
    saved_model,
    meta_graph,
    meta_info,
    saver,
    collection,
    collection_def,
    any_list,
    any,
    asset,
    tensor_info,
    object_graph,
    object,
    user_object,
    graph,
    library,
    function,
    signature,
    argument,
    node,
    attribute,
    value,
    list,
    tensor,
    shape,
    dimension,
    call,
    checkpoint,
};

struct Name {
    Type in;
    std::string_view name;
    std::uint32_t number;
    Type type;
};

/// What an Any holds is spelt out behind the name of its type, "[type.googleapis.com/…] { … }".
inline constexpr std::string_view kAnyType = "[]";

/// The field of this name in a message, or null.
const Name* find(Type in, std::string_view name);

}  // namespace pratique::tensorflow
