#include "formats/onnx/lone.h"

#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "formats/onnx/tensor.h"
#include "formats/protobuf/wire.h"

namespace pratique::onnx {
namespace {

using protobuf::Field;
using protobuf::Message;
using protobuf::Wire;

/// Lone pieces are small; what is longer than this in fields is something else.
constexpr int kMostFields = 10'000;

/// Calls `accept` with each field; false if one is refused, or there is no end to them.
template <class Accept>
bool every_field(Bytes bytes, Accept accept) {
    Message message(bytes);
    for (int i = 0; i < kMostFields; ++i) {
        const auto field = message.next();
        if (!field) return false;
        if (!*field) return true;
        if (!accept(**field)) return false;
    }
    return false;
}

bool is_name(Bytes bytes) { return bytes.size() <= 1024 && is_printable(text(bytes)); }

bool is_identifier(Bytes bytes) {
    const auto is_letter = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
    };
    return !bytes.empty() && std::ranges::all_of(text(bytes), is_letter);
}

/// AttributeProto: a name, and fields that it has.
bool is_attribute(const Field& outer) {
    bool has_name = false;
    const bool fits = every_field(outer.content, [&](const Field& field) {
        if (field.number > 23) return false;
        if (field.number != 1) return true;
        has_name = field.wire == Wire::bytes && !field.content.empty() && is_name(field.content);
        return has_name;
    });
    return fits && has_name;
}

/// Whether a value of a sequence is of its elem_type: 1 tensor, 2 sparse, 3 sequence, 4 map,
/// 5 optional lie in the fields 3 to 7.
bool is_value(const Field& field, std::uint64_t type) {
    if (field.wire != Wire::bytes || field.number != type + 2) return false;
    if (type == 1) return bool(read_tensor(field.content, field.content_at));
    if (type == 2) return bool(read_sparse(field.content, field.content_at));
    return every_field(field.content, [](const Field& inner) { return inner.number <= 7; });
}

}  // namespace

bool recognise_node(Bytes bytes) {
    bool has_operator = false;
    bool has_end = false;
    const bool fits = every_field(bytes, [&](const Field& field) {
        if (field.wire != Wire::bytes || field.number > 9) return false;
        if (field.number == 5) return is_attribute(field);
        if (field.number == 6 || field.number == 9) return true;
        if (field.number == 4) return has_operator = is_identifier(field.content);
        has_end = has_end || field.number <= 2;
        return is_name(field.content);
    });
    return fits && has_operator && has_end;
}

bool recognise_sequence(Bytes bytes) {
    std::uint64_t type = 0;
    bool has_value = false;
    const bool fits = every_field(bytes, [&](const Field& field) {
        if (field.number == 1) return field.wire == Wire::bytes && is_name(field.content);
        if (field.number == 2) {
            type = field.value;
            return field.wire == Wire::varint && type >= 1 && type <= 5;
        }
        has_value = is_value(field, type);
        return has_value;
    });
    return fits && has_value;
}

}  // namespace pratique::onnx
