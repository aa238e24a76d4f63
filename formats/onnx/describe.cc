#include "formats/onnx/describe.h"

namespace pratique::onnx {
namespace {

using protobuf::Field;
using protobuf::Message;

constexpr std::size_t kMostDimensions = 64;

/// TypeProto is one of these messages. Tensors, sparse ones too, are {elem_type 1, shape 2}.
std::string_view kind_of(std::uint32_t number) {
    switch (number) {
        case 1: return "tensor";
        case 4: return "sequence";
        case 5: return "map";
        case 7: return "opaque";
        case 8: return "sparse";
        case 9: return "optional";
        default: return {};
    }
}

/// TensorShapeProto {dim 1 {dim_value 1, dim_param 2}}.
Status read_shape(const Field& field, Value& out) {
    out.has_shape = true;
    Message shape = TRY(Message::in(field));
    while (const auto entry = TRY(shape.next())) {
        if (entry->number != 1) continue;
        if (out.shape.size() == kMostDimensions) return Error{Errc::limit_rank, entry->at};
        Dimension& dimension = out.shape.emplace_back();
        Message parts = TRY(Message::in(*entry));
        while (const auto part = TRY(parts.next())) {
            if (part->number == 1) dimension.extent = TRY(part->int64());
            if (part->number == 2) dimension.symbol = text(TRY(part->bytes()));
        }
    }
    return {};
}

Status read_type(const Field& field, Value& out) {
    Message type = TRY(Message::in(field));
    while (const auto kind = TRY(type.next())) {
        if (kind_of(kind->number).empty()) continue;
        out.kind = kind_of(kind->number);
        if (kind->number != 1 && kind->number != 8) continue;
        Message tensor = TRY(Message::in(*kind));
        while (const auto part = TRY(tensor.next())) {
            if (part->number == 1) out.data_type = TRY(part->int32());
            if (part->number == 2) TRY(read_shape(*part, out));
        }
    }
    return {};
}

}  // namespace

Result<Opset> read_opset(const Field& field) {
    Opset out;
    Message message = TRY(Message::in(field));
    while (const auto part = TRY(message.next())) {
        if (part->number == 1) out.domain = text(TRY(part->bytes()));
        if (part->number == 2) out.version = TRY(part->int64());
    }
    return out;
}

Result<Property> read_property(const Field& field) {
    Property out;
    Message message = TRY(Message::in(field));
    while (const auto part = TRY(message.next())) {
        if (part->number == 1) out.key = text(TRY(part->bytes()));
        if (part->number == 2) out.value = text(TRY(part->bytes()));
    }
    return out;
}

Result<Value> read_value(const Field& field) {
    Value out;
    Message message = TRY(Message::in(field));
    while (const auto part = TRY(message.next())) {
        if (part->number == 1) out.name = text(TRY(part->bytes()));
        if (part->number == 2) TRY(read_type(*part, out));
    }
    return out;
}

}  // namespace pratique::onnx
