#include "scanner/checks/tflite/flex.h"

#include "formats/flatbuffers/flexbuffer.h"
#include "formats/protobuf/wire.h"
#include "scanner/checks/tensorflow/operators.h"

namespace pratique::scanner {

rules::Capabilities capabilities_of_tf_operator(std::string_view name) {
    const Operator* op = find_operator(name);
    return op == nullptr ? rules::Capabilities{0} : op->capabilities;
}

Result<std::optional<std::string_view>> flex_operator(Bytes options) {
    constexpr std::uint32_t kOp = 2;  // of NodeDef
    if (options.empty()) return std::optional<std::string_view>{};
    const auto texts = TRY(flatbuffers::read_flex_texts(options));
    if (texts.size() < 2) return Error{Errc::missing_record, 0};
    std::optional<std::string_view> out;
    protobuf::Message node(as_bytes(texts[1]));
    while (const auto field = TRY(node.next())) {
        if (field->number == kOp) out = text(TRY(field->bytes()));
    }
    if (!out) return Error{Errc::missing_record, 0};
    return out;
}

}  // namespace pratique::scanner
