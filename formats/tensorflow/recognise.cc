// None of these messages has a magic number: each is told by parts that no other has.
#include <algorithm>

#include "base/text.h"
#include "formats/tensorflow/model.h"

namespace pratique::tensorflow {
namespace {

using protobuf::Field;
using protobuf::Message;
using protobuf::Wire;

/// Calls `use(field)` until it returns true, for which it returns true. A message that is damaged
/// is looked at up to there.
template <class Use>
bool any_field(Message message, Use use) {
    for (;;) {
        const auto field = message.next();
        if (!field || !*field) return false;
        if (use(**field)) return true;
    }
    return false;
}

template <class Use>
bool any_field_in(const Field& field, Use use) {
    return field.wire == Wire::bytes && any_field(Message(field.content, field.content_at), use);
}

bool is_identifier(std::string_view s) {
    constexpr std::size_t kLongest = 1'000;
    return !s.empty() && s.size() <= kLongest && std::ranges::all_of(s, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("_>./-").find(c) != std::string_view::npos;
    });
}

/// Operators begin with a capital or "_"; a node that calls a function by its name may not.
bool is_operator(std::string_view s) {
    return is_identifier(s) && ((s[0] >= 'A' && s[0] <= 'Z') || s[0] == '_');
}

/// A field of another type than it should be is an unknown one, and says nothing against a node.
bool is_node(const Field& field) {
    bool has_name = false;
    bool has_op = false;
    return any_field_in(field, [&](const Field& part) {
        const bool is_text = part.wire == Wire::bytes;
        has_name = has_name || (part.number == 1 && is_text && is_utf8(text(part.content)));
        has_op = has_op || (part.number == 2 && is_text && is_operator(text(part.content)));
        return has_name && has_op;
    });
}

/// A library with a function that has a name.
bool is_library(const Field& field) {
    return any_field_in(field, [](const Field& function) {
        return function.number == 1 && any_field_in(function, [](const Field& signature) {
                   return signature.number == 1 && any_field_in(signature, [](const Field& name) {
                              return name.number == 1 && name.wire == Wire::bytes &&
                                     is_identifier(text(name.content));
                          });
               });
    });
}

bool is_graph_part(const Field& field) {
    return (field.number == 1 && is_node(field)) || (field.number == 2 && is_library(field));
}

bool is_graph(const Field& field) { return any_field_in(field, is_graph_part); }

/// MetaInfoDef: a version of TensorFlow, or tags.
bool is_meta_info(const Field& field) {
    return any_field_in(field, [](const Field& part) {
        return part.number == 5 && part.wire == Wire::bytes && !part.content.empty() &&
               is_identifier(text(part.content));
    });
}

bool is_meta_graph_part(const Field& field) {
    return (field.number == 2 && is_graph(field)) || (field.number == 1 && is_meta_info(field));
}

bool is_meta_graph(const Field& field) { return any_field_in(field, is_meta_graph_part); }

bool is_keras_object(const Field& field) {
    bool has_identifier = false;
    bool has_metadata = false;
    any_field_in(field, [&](const Field& part) {
        if (part.wire != Wire::bytes) return false;
        const std::string_view content = text(part.content);
        has_identifier = has_identifier || (part.number == 4 && is_identifier(content));
        has_metadata = has_metadata || (part.number == 5 && content.starts_with('{'));
        return has_identifier && has_metadata;
    });
    return has_identifier && has_metadata;
}

}  // namespace

bool recognise(Bytes bytes, Kind kind) {
    return any_field(Message(bytes), [&](const Field& field) {
        switch (kind) {
            case Kind::saved_model: return field.number == 2 && is_meta_graph(field);
            case Kind::meta_graph: return is_meta_graph_part(field);
            case Kind::graph: return is_graph_part(field);
            case Kind::keras_metadata: return field.number == 1 && is_keras_object(field);
        }
        return false;
    });
}

bool recognise_fingerprint(Bytes bytes) {
    constexpr std::size_t kLongest = 256;
    constexpr int kHashes = 5;
    if (bytes.size() > kLongest) return false;
    Message message(bytes);
    protobuf::Once once;
    int hashes = 0;
    for (;;) {
        const auto field = message.next();
        if (!field) return false;
        if (!*field) break;
        const Field& part = **field;
        if (!once.see(part) || part.number > 7) return false;
        const bool is_hash = part.number <= kHashes;
        if (is_hash != (part.wire == Wire::varint)) return false;
        if (!is_hash && part.wire != Wire::bytes) return false;
        hashes += is_hash ? 1 : 0;
    }
    return hashes >= kHashes - 1 && once.saw(6);
}

}  // namespace pratique::tensorflow
