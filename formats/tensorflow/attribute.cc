// Attributes of nodes: the texts in them, which are paths, addresses and tokens.
//
//   TensorProto   1 dtype (7: text) | 2 shape {2 dimension {1 size}} | 4 tensor_content | 8
//   string_val tensor_content of texts: their lengths, each a varint, then their bytes
#include "base/checked.h"
#include "formats/tensorflow/model.h"

namespace pratique::tensorflow {
namespace {

using protobuf::Field;
using protobuf::Message;
using protobuf::Wire;

constexpr std::size_t kMostTexts = 10'000;
constexpr std::uint64_t kText = 7;

class Texts {
public:
    Status read_value(Message value) {
        while (const auto field = TRY(value.next_bytes())) {
            switch (field->number) {
                case 1: TRY(read_list(TRY(Message::in(*field)))); break;
                case 2: TRY(add(TRY(field->bytes()), field->at)); break;
                case 8: TRY(read_tensor(TRY(Message::in(*field)))); break;
                default: break;
            }
        }
        return {};
    }
    std::vector<std::string_view> take() { return std::move(out_); }

private:
    Status add(Bytes bytes, std::uint64_t at) {
        if (out_.size() >= kMostTexts) return Error{Errc::limit_members, at};
        out_.push_back(text(bytes));
        return {};
    }

    Status read_list(Message list) {
        while (const auto field = TRY(list.next_bytes())) {
            if (field->number == 2) TRY(add(TRY(field->bytes()), field->at));
            if (field->number == 8) TRY(read_tensor(TRY(Message::in(*field))));
        }
        return {};
    }

    Status read_tensor(Message tensor) {
        bool is_text = false;
        std::optional<Field> shape;
        std::optional<Field> content;
        while (const auto field = TRY(tensor.next())) {
            const bool is_bytes = field->wire == Wire::bytes;
            switch (field->number) {
                case 1:
                    if (field->wire == Wire::varint) is_text = field->value == kText;
                    break;
                case 2: shape = is_bytes ? *field : shape; break;
                case 4: content = is_bytes ? *field : content; break;
                case 8:
                    if (is_bytes) TRY(add(field->content, field->at));
                    break;
                default: break;
            }
        }
        if (!is_text || !content || TRY(content->bytes()).empty()) return {};
        std::uint64_t elements = 1;
        if (shape) elements = TRY(read_shape(TRY(Message::in(*shape))));
        return read_content(*content, elements);
    }

    static Result<std::uint64_t> read_shape(Message shape) {
        std::uint64_t elements = 1;
        while (const auto field = TRY(shape.next_bytes())) {
            if (field->number != 2) continue;
            std::uint64_t size = 0;
            Message dimension = TRY(Message::in(*field));
            while (const auto part = TRY(dimension.next())) {
                if (part->number == 1 && part->wire == Wire::varint) size = part->value;
            }
            elements = TRY(checked_mul(elements, size));
        }
        return elements;
    }

    Status read_content(const Field& content, std::uint64_t elements) {
        if (elements > kMostTexts) return Error{Errc::limit_members, content.at};
        Reader in(content.content, content.content_at);
        std::vector<std::uint64_t> lengths;
        for (std::uint64_t i = 0; i < elements; ++i) {
            lengths.push_back(TRY(protobuf::read_varint(in)));
        }
        for (const std::uint64_t length : lengths) TRY(add(TRY(in.take(length)), in.offset()));
        return {};
    }

    std::vector<std::string_view> out_;
};

}  // namespace

Result<std::vector<std::string_view>> texts(const Node& node, std::string_view key) {
    std::vector<std::string_view> out;
    Message message(node.body, node.at);
    while (const auto field = TRY(message.next_bytes())) {
        if (field->number != 5) continue;
        std::string_view name;
        std::vector<Message> values;
        Message entry = TRY(Message::in(*field));
        while (const auto part = TRY(entry.next_bytes())) {
            if (part->number == 1) name = text(TRY(part->bytes()));
            if (part->number == 2) values.push_back(TRY(Message::in(*part)));
        }
        if (name != key) continue;
        Texts found;
        for (const Message& value : values) TRY(found.read_value(value));
        out = found.take();
    }
    return out;
}

}  // namespace pratique::tensorflow
