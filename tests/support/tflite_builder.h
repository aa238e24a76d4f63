// TFLite models put together table by table.
#pragma once

#include "flatbuffer_builder.h"

namespace pratique::test::tflite {

using flat::field;
using flat::list;
using flat::numbers;
using flat::Piece;
using Ints = std::vector<std::int32_t>;

inline Piece code(std::int32_t builtin, const std::string& custom = "") {
    return flat::table({field(0, static_cast<std::int8_t>(std::min(builtin, 127))),
                        field(1, flat::text(custom)), field(3, builtin)});
}

inline Piece tensor(const Ints& shape = {2}, std::int8_t type = 0, std::uint32_t buffer = 0) {
    return flat::table({field(0, numbers(shape)), field(1, type), field(2, buffer), field(3, "t")});
}

inline Piece op(const Ints& inputs, const Ints& outputs, std::uint32_t number = 0,
                std::vector<flat::Field> more = {}) {
    more.push_back(field(0, number));
    more.push_back(field(1, numbers(inputs)));
    more.push_back(field(2, numbers(outputs)));
    return flat::table(more);
}

inline Piece graph(const std::vector<Piece>& tensors, const std::vector<Piece>& operators) {
    return flat::table({field(0, list(tensors)), field(1, numbers(Ints{0})),
                        field(2, numbers(Ints{1})), field(3, list(operators)), field(4, "main")});
}

inline Piece buffer(const std::string& content = "") {
    return flat::table({field(0, numbers(std::vector<char>(content.begin(), content.end())))});
}
inline Piece buffer_at(std::uint64_t offset, std::uint64_t size) {
    return flat::table({field(1, offset), field(2, size)});
}

inline std::string model(const std::vector<Piece>& codes, const std::vector<Piece>& graphs,
                         const std::vector<Piece>& buffers = {buffer()}) {
    return flat::file(
        flat::table({field(0, std::uint32_t{3}), field(1, list(codes)), field(2, list(graphs)),
                     field(3, "made by a test"), field(4, list(buffers))}),
        "TFL3");
}

}  // namespace pratique::test::tflite
