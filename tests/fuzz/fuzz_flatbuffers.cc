// Whatever the bytes are: models of the formats that are FlatBuffers are read or refused, and what
// they hold lies inside of the file.
#include <cstdlib>

#include "formats/executorch/program.h"
#include "formats/flatbuffers/flexbuffer.h"
#include "formats/ort/model.h"
#include "formats/tflite/model.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pratique;
    const Bytes bytes = std::as_bytes(std::span(data, size));
    const auto expect_inside = [&](Bytes part) {
        if (!part.empty() && !offset_in(bytes, part)) std::abort();
    };
    if (const auto model = tflite::read(bytes)) {
        for (const auto& buffer : model->buffers) expect_inside(buffer.data);
        for (const auto& code : model->codes) expect_inside(as_bytes(code.custom));
    }
    if (const auto model = ort::read(bytes)) {
        for (const auto& node : model->nodes) expect_inside(as_bytes(node.op_type));
    }
    if (const auto program = executorch::read_program(bytes)) {
        for (const auto& delegate : program->delegates) expect_inside(delegate.data);
    }
    static_cast<void>(executorch::read_tensors(bytes));
    const auto texts = flatbuffers::read_flex_texts(bytes);
    for (const auto& each : texts ? *texts : std::vector<std::string_view>{}) {
        expect_inside(as_bytes(each));
    }
    return 0;
}
