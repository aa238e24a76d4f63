#include "formats/onnx/model.h"

#include "base/text.h"
#include "formats/onnx/describe.h"

namespace pratique::onnx {
namespace {

using protobuf::Field;
using protobuf::Message;
using protobuf::Once;

/// As many as libprotobuf reads: a model that is deeper loads nowhere.
constexpr std::size_t kMostNesting = 100;
constexpr std::size_t kMostPlaces = 1'000'000;

/// Messages that the walk goes into.
enum class Kind : std::uint8_t { model, graph, node, attribute, function, training };

/// A message that is being walked, and what it adds to the way of the tensors below it.
struct Frame {
    Kind kind{};
    Message message;
    std::optional<Key> group;  ///< a step of ours in front: "functions"
    std::optional<Key> key;
    std::optional<std::uint32_t> place = std::nullopt;  ///< once a tensor has needed it
    std::uint64_t inner = 0;                            ///< nodes, functions or trainings so far
    std::uint64_t tensors = 0;                          ///< of a list in an attribute, so far
    std::uint64_t graphs = 0;
    std::uint64_t sparse = 0;
};

Key named(std::string_view name) { return {.name = name, .number = std::nullopt}; }
Key numbered(std::uint64_t number) { return {.name = {}, .number = number}; }

/// The text in the first field of this number, wherever it stands in the message: empty if there
/// is none.
Result<std::string_view> find_text(const Field& outer, std::uint32_t number) {
    Message message = TRY(Message::in(outer));
    while (const auto field = TRY(message.next_bytes())) {
        if (field->number != number) continue;
        const std::string_view found = text(TRY(field->bytes()));
        if (!is_utf8(found)) return Error{Errc::bad_text, field->content_at};
        return found;
    }
    return std::string_view{};
}

class Walk {
public:
    Walk(Bytes bytes, const Limits& limits) : limits_(limits) {
        out_.places.push_back({});
        push(Kind::model, Message(bytes), std::nullopt);
        frames_.back().place = 0;
    }

    Result<Model> run() {
        while (!frames_.empty()) {
            const auto field = TRY(frames_.back().message.next());
            if (field) {
                TRY(visit(*field));
            } else {
                frames_.pop_back();
            }
        }
        if (!model_once_.saw(7)) return Error{Errc::missing_record, 0};
        return std::move(out_);
    }

private:
    void push(Kind kind, Message message, std::optional<Key> key,
              std::optional<Key> group = std::nullopt) {
        frames_.push_back({.kind = kind, .message = message, .group = group, .key = key});
    }

    /// Walks the message in `field` next.
    Status enter(Kind kind, const Field& field, std::optional<Key> key,
                 std::optional<Key> group = std::nullopt) {
        if (frames_.size() >= kMostNesting) return Error{Errc::limit_depth, field.at};
        push(kind, TRY(Message::in(field)), key, group);
        return {};
    }

    Result<std::uint32_t> new_place(std::uint32_t parent, const Key& key, std::uint64_t at) {
        if (out_.places.size() >= kMostPlaces) return Error{Errc::limit_nodes, at};
        out_.places.push_back({parent, key});
        return static_cast<std::uint32_t>(out_.places.size() - 1);
    }

    /// The place of the innermost frame. Those of nodes without tensors are never made.
    Result<std::uint32_t> here(std::uint64_t at) {
        std::uint32_t place = 0;
        for (Frame& frame : frames_) {
            if (!frame.place) {
                if (frame.group) place = TRY(new_place(place, *frame.group, at));
                if (frame.key) place = TRY(new_place(place, *frame.key, at));
                frame.place = place;
            }
            place = *frame.place;
        }
        return place;
    }

    Status count_tensor(std::uint64_t at) {
        if (out_.tensors.size() + out_.sparse.size() >= limits_.members) {
            return Error{Errc::limit_members, at};
        }
        return {};
    }

    Status add_tensor(const Field& field, std::optional<Key> key, bool is_initializer) {
        TRY(count_tensor(field.at));
        PlacedTensor out;
        out.tensor = TRY(read_tensor(TRY(field.bytes()), field.content_at));
        if (is_initializer) {
            if (out.tensor.name.empty()) return Error{Errc::bad_name, field.at};
            key = named(out.tensor.name);
        }
        out.place = TRY(here(field.at));
        if (key) out.place = TRY(new_place(out.place, *key, field.at));
        out_.tensors.push_back(std::move(out));
        return {};
    }

    Status add_sparse(const Field& field, std::optional<Key> key, bool is_initializer) {
        TRY(count_tensor(field.at));
        PlacedSparse out;
        out.tensor = TRY(read_sparse(TRY(field.bytes()), field.content_at));
        if (is_initializer) {
            if (out.tensor.values.name.empty()) return Error{Errc::bad_name, field.at};
            key = named(out.tensor.values.name);
        }
        out.place = TRY(here(field.at));
        if (key) out.place = TRY(new_place(out.place, *key, field.at));
        out_.sparse.push_back(std::move(out));
        return {};
    }

    Status visit(const Field& field) {
        switch (frames_.back().kind) {
            case Kind::model: return visit_model(field);
            case Kind::graph: return visit_graph(field);
            case Kind::node:
                if (field.number == 5) return enter_attribute(field);
                return {};
            case Kind::attribute: return visit_attribute(field);
            case Kind::function:
                if (field.number == 7) return enter_node(field);
                if (field.number == 11) return enter_attribute(field);
                return {};
            case Kind::training:
                if (field.number == 1) return enter(Kind::graph, field, named("initialization"));
                if (field.number == 2) return enter(Kind::graph, field, named("algorithm"));
                return {};
        }
        return {};
    }

    Status visit_model(const Field& field) {
        switch (field.number) {
            case 1: out_.ir_version = TRY(field.int64()); return model_once_.see(field);
            case 5: out_.model_version = TRY(field.int64()); return model_once_.see(field);
            case 2: return take_text(field, out_.producer_name);
            case 3: return take_text(field, out_.producer_version);
            case 4: return take_text(field, out_.domain);
            case 6: return take_text(field, out_.doc);
            case 7: TRY(model_once_.see(field)); return enter(Kind::graph, field, std::nullopt);
            case 8:
                TRY(count_note(field.at));
                out_.opsets.push_back(TRY(read_opset(field)));
                return {};
            case 14:
                TRY(count_note(field.at));
                out_.properties.push_back(TRY(read_property(field)));
                return {};
            case 20:
                return enter(Kind::training, field, numbered(frames_.back().inner++),
                             named("training_info"));
            case 25:
                ++out_.functions;
                return enter(Kind::function, field, named(TRY(find_text(field, 1))),
                             named("functions"));
            default: return {};
        }
    }

    Status visit_graph(const Field& field) {
        const bool is_main = frames_.size() == 2;
        switch (field.number) {
            case 1: return enter_node(field);
            case 2:
                if (is_main) out_.graph_name = text(TRY(field.bytes()));
                return {};
            case 5: return add_tensor(field, std::nullopt, true);
            case 15: return add_sparse(field, std::nullopt, true);
            case 11:
            case 12: {
                if (!is_main) return {};
                Value value = TRY(read_value(field));
                for (std::size_t i = 0; i <= value.shape.size(); ++i) TRY(count_note(field.at));
                (field.number == 11 ? out_.inputs : out_.outputs).push_back(std::move(value));
                return {};
            }
            default: return {};
        }
    }

    Status visit_attribute(const Field& field) {
        Frame& frame = frames_.back();
        switch (field.number) {
            case 5: return add_tensor(field, std::nullopt, false);
            case 6: return enter(Kind::graph, field, std::nullopt);
            case 10: return add_tensor(field, numbered(frame.tensors++), false);
            case 11: return enter(Kind::graph, field, numbered(frame.graphs++));
            case 22: return add_sparse(field, std::nullopt, false);
            case 23: return add_sparse(field, numbered(frame.sparse++), false);
            default: return {};
        }
    }

    Status enter_node(const Field& field) {
        ++out_.nodes;
        const std::uint64_t number = frames_.back().inner++;
        const std::string_view name = TRY(find_text(field, 3));
        return enter(Kind::node, field, Key{.name = name, .number = number});
    }

    Status enter_attribute(const Field& field) {
        return enter(Kind::attribute, field, named(TRY(find_text(field, 1))));
    }

    Status take_text(const Field& field, std::string_view& out) {
        out = text(TRY(field.bytes()));
        return model_once_.see(field);
    }

    Status count_note(std::uint64_t at) {
        if (++notes_ > limits_.members) return Error{Errc::limit_members, at};
        return {};
    }

    const Limits& limits_;
    Model out_;
    std::vector<Frame> frames_;
    Once model_once_;
    std::uint64_t notes_ = 0;
};

bool is_model_field(std::uint32_t number) {
    return (number >= 1 && number <= 8) || number == 14 || number == 20 || number == 25 ||
           number == 26;
}

/// Fields of a GraphProto, as far as a look at the first ones tells, and a node among them whose
/// op_type can be one.
bool is_graph(const Field& outer) {
    constexpr int kMostFields = 1'000;
    Message message(outer.content, outer.content_at);
    for (int i = 0; i < kMostFields; ++i) {
        const auto field = message.next();
        if (!field || !*field) return false;
        if ((*field)->number != 1 || (*field)->wire != protobuf::Wire::bytes) continue;
        const auto op = find_text(**field, 4);
        if (op && !op->empty() && is_printable(*op)) return true;
    }
    return false;
}

/// What the fields of a message say for and against a ModelProto.
struct Traits {
    bool version = false;
    bool graph = false;    // field 7 is there
    bool certain = false;  // … and is a graph without doubt
    /// A field that no ModelProto has, by its number or its type: its readers pass over it.
    bool foreign = false;
};

void note(const Field& field, Traits& traits) {
    constexpr std::uint64_t kHighestVersion = 1'000;  // 14 today
    const bool is_number = field.number == 1 || field.number == 5;
    const bool typed = field.wire == (is_number ? protobuf::Wire::varint : protobuf::Wire::bytes);
    const bool possible = field.number != 1 || (field.value >= 1 && field.value <= kHighestVersion);
    if (!is_model_field(field.number) || !typed || !possible) {
        traits.foreign = true;
        return;
    }
    traits.version = traits.version || field.number == 1;
    traits.graph = traits.graph || field.number == 7;
    traits.certain = traits.certain || (field.number == 7 && is_graph(field));
}

}  // namespace

bool recognise(Bytes bytes) {
    constexpr int kMostFields = 10'000;
    Message message(bytes);
    Traits traits;
    for (int i = 0; i < kMostFields; ++i) {
        const std::uint64_t at = message.offset();
        const auto field = message.next();
        if (!field) {
            // Cut off: the tag of the graph (3a) is all that there is to see of it.
            return traits.version && !traits.graph && !traits.foreign &&
                   slice(bytes, at, 1).size() == 1 && bytes[at] == std::byte{0x3a};
        }
        if (!*field) break;
        note(**field, traits);
    }
    return traits.version && traits.graph && (!traits.foreign || traits.certain);
}

Result<Model> read_model(Bytes bytes, const Limits& limits) { return Walk(bytes, limits).run(); }

}  // namespace pratique::onnx
