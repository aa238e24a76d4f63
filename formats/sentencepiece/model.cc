#include "formats/sentencepiece/model.h"

#include "base/text.h"
#include "formats/protobuf/wire.h"

namespace pratique::sentencepiece {
namespace {

using protobuf::Field;
using protobuf::Message;
using protobuf::Wire;

/// Calls `use(field)` for each field; false if it ever is, or if the message is damaged.
template <class Use>
bool all_fields(Message message, Use use) {
    for (;;) {
        const auto field = message.next();
        if (!field || (*field && !use(**field))) return false;
        if (!*field) return true;
    }
}

bool is_piece(const Field& outer) {
    bool has_text = false;
    const bool all = all_fields(Message(outer.content), [&](const Field& field) {
        switch (field.number) {
            case 1:
                has_text = field.wire == Wire::bytes && is_utf8(text(field.content));
                return has_text;
            case 2: return field.wire == Wire::fixed32;
            case 3: return field.wire == Wire::varint && field.value <= 6;
            default: return false;
        }
    });
    return all && has_text;
}

}  // namespace

bool recognise(Bytes bytes) {
    bool has_pieces = false;
    bool has_rest = false;
    const bool all = all_fields(Message(bytes), [&](const Field& field) {
        if (field.wire != Wire::bytes || field.number > 5) return false;
        has_pieces = has_pieces || field.number == 1;
        has_rest = has_rest || field.number == 2 || field.number == 3;
        if (field.number == 1) return is_piece(field);
        return all_fields(Message(field.content), [](const Field&) { return true; });
    });
    return all && has_pieces && has_rest;
}

}  // namespace pratique::sentencepiece
