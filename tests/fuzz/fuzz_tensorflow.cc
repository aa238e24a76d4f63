// Whatever the bytes are: every part of a model that was read refers to parts that are there, and
// text becomes messages that can be read to their end.
#include <cstdlib>

#include "formats/tensorflow/model.h"
#include "formats/tensorflow/text_proto.h"

namespace {

using namespace pratique;
using namespace pratique::tensorflow;

void read_all(Bytes bytes, bool is_whole) {
    for (const Kind kind :
         {Kind::saved_model, Kind::meta_graph, Kind::graph, Kind::keras_metadata}) {
        recognise(bytes, kind);
        const Model model = read(bytes, kind);
        if (is_whole && kind == Kind::graph && model.error) std::abort();
        for (const Node& node : model.nodes) {
            if (node.graph >= model.graphs.size()) std::abort();
            if (node.first_input + node.inputs > model.inputs.size()) std::abort();
            if (!model.error && !texts(node, "value") && node.body.empty()) std::abort();
        }
        for (const Call& call : model.calls) {
            if (call.node >= model.nodes.size()) std::abort();
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes bytes = std::as_bytes(std::span(data, size));
    read_all(bytes, false);
    recognise_fingerprint(bytes);
    recognise_text(bytes);
    if (const auto encoded = encode(bytes, TextKind::graph)) {
        if (encoded->place(encoded->bytes.size()) > bytes.size()) std::abort();
        read_all(encoded->view(), true);
    }
    return 0;
}
