// TensorFlow's graphs put together from their parts.
#pragma once

#include <initializer_list>

#include "protobuf_builder.h"

namespace pratique::test {

inline std::string attribute(const std::string& key, const std::string& value) {
    return bytes(5, bytes(1, key) + bytes(2, value));
}

inline std::string node(const std::string& name, const std::string& op,
                        std::initializer_list<std::string> inputs = {},
                        const std::string& attributes = "") {
    std::string out = bytes(1, name) + bytes(2, op);
    for (const std::string& input : inputs) out += bytes(3, input);
    return out + attributes;
}

/// A Const that is texts.
inline std::string constant(const std::string& name, std::initializer_list<std::string> texts) {
    std::string tensor = number(1, 7);
    for (const std::string& text : texts) tensor += bytes(8, text);
    return node(name, "Const", {}, attribute("value", bytes(8, tensor)));
}

/// A node that calls a function of the library.
inline std::string call(const std::string& name, const std::string& function,
                        std::initializer_list<std::string> inputs,
                        const std::string& op = "PartitionedCall") {
    return node(name, op, inputs, attribute("f", bytes(10, bytes(1, function))));
}

inline std::string graph(std::initializer_list<std::string> nodes,
                         std::initializer_list<std::string> functions = {}) {
    std::string out;
    for (const std::string& each : nodes) out += bytes(1, each);
    std::string library;
    for (const std::string& each : functions) library += bytes(1, each);
    return library.empty() ? out : out + bytes(2, library);
}

inline std::string function(const std::string& name, std::initializer_list<std::string> arguments,
                            std::initializer_list<std::string> nodes) {
    std::string signature = bytes(1, name);
    for (const std::string& each : arguments) signature += bytes(2, bytes(1, each));
    std::string out = bytes(1, signature);
    for (const std::string& each : nodes) out += bytes(3, each);
    return out;
}

inline std::string metagraph(const std::string& graph, const std::string& more = "") {
    return bytes(1, bytes(5, "2.18.0")) + bytes(2, graph) + more;
}

inline std::string saved_model(const std::string& metagraph) {
    return number(1, 1) + bytes(2, metagraph);
}

inline std::string saver(const std::string& tensor) { return bytes(3, bytes(1, tensor)); }

inline std::string asset(const std::string& tensor, const std::string& filename) {
    return bytes(6, bytes(1, bytes(1, tensor)) + bytes(2, filename));
}

}  // namespace pratique::test
