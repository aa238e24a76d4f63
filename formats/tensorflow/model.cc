#include "formats/tensorflow/model.h"

namespace pratique::tensorflow {
namespace {

using protobuf::Field;
using protobuf::Message;

constexpr std::size_t kMostNodes = 2'000'000;
constexpr std::uint64_t kMostParts = 10'000'000;
/// As many as libprotobuf reads: an attribute that is deeper loads nowhere.
constexpr std::size_t kMostNesting = 100;

class Walk {
public:
    Model run(Bytes bytes, Kind kind) {
        const Status done = read(Message(bytes), kind);
        if (!done) out_.error = done.error();
        // Of a node that was cut short.
        while (!out_.calls.empty() && out_.calls.back().node >= out_.nodes.size()) {
            out_.calls.pop_back();
        }
        return std::move(out_);
    }

private:
    Status read(Message message, Kind kind) {
        switch (kind) {
            case Kind::saved_model: return read_saved_model(message);
            case Kind::meta_graph: return read_meta_graph(message);
            case Kind::graph: open_library(); return read_graph(message);
            case Kind::keras_metadata: return read_objects(message, false);
        }
        return {};
    }

    /// A main graph, and room for the functions that it can call.
    void open_library() {
        main_ = static_cast<std::uint32_t>(out_.graphs.size());
        out_.graphs.push_back({.name = {}, .library = libraries_++, .arguments = {}});
    }

    Status count(std::uint64_t at) {
        if (++parts_ > kMostParts) return Error{Errc::limit_nodes, at};
        return {};
    }

    void note_unknown(const Field& field) {
        if (out_.unknown_fields++ == 0) out_.unknown_at = field.at;
    }

    Status read_saved_model(Message message) {
        while (const auto field = TRY(message.next_bytes())) {
            if (field->number == 2) TRY(read_meta_graph(TRY(Message::in(*field))));
            if (field->number > 2) note_unknown(*field);
        }
        return {};
    }

    Status read_meta_graph(Message message) {
        open_library();
        while (const auto field = TRY(message.next_bytes())) {
            switch (field->number) {
                case 2: TRY(read_graph(TRY(Message::in(*field)))); break;
                case 3: TRY(read_saver(TRY(Message::in(*field)))); break;
                case 4: TRY(read_collection(TRY(Message::in(*field)))); break;
                case 6: TRY(read_asset(*field)); break;
                case 7: TRY(read_objects(TRY(Message::in(*field)), true)); break;
                default:
                    if (field->number > 7) note_unknown(*field);
            }
        }
        return {};
    }

    Status read_graph(Message message) {
        while (const auto field = TRY(message.next_bytes())) {
            switch (field->number) {
                case 1: TRY(read_node(*field, main_)); break;
                case 2: TRY(read_library(TRY(Message::in(*field)))); break;
                default:
                    if (field->number > 5) note_unknown(*field);
            }
        }
        return {};
    }

    Status read_library(Message message) {
        while (const auto field = TRY(message.next_bytes())) {
            if (field->number == 1) TRY(read_function(TRY(Message::in(*field))));
        }
        return {};
    }

    Status read_function(Message message) {
        if (out_.graphs.size() >= kMostNodes) return Error{Errc::limit_nodes, message.offset()};
        const auto graph = static_cast<std::uint32_t>(out_.graphs.size());
        const std::uint32_t library = out_.graphs[main_].library;
        out_.graphs.push_back({.name = {}, .library = library, .arguments = {}});
        while (const auto field = TRY(message.next_bytes())) {
            if (field->number == 1) TRY(read_signature(TRY(Message::in(*field)), graph));
            if (field->number == 3) TRY(read_node(*field, graph));
        }
        return {};
    }

    /// OpDef.
    Status read_signature(Message message, std::uint32_t graph) {
        while (const auto field = TRY(message.next_bytes())) {
            Graph& out = out_.graphs[graph];
            if (field->number == 1) out.name = text(TRY(field->bytes()));
            if (field->number != 2) continue;
            TRY(count(field->at));
            std::string_view name;
            Message argument = TRY(Message::in(*field));
            while (const auto part = TRY(argument.next_bytes())) {
                if (part->number == 1) name = text(TRY(part->bytes()));
                out.lists = out.lists || part->number == 5 || part->number == 6;
            }
            out.arguments.push_back(name);
        }
        return {};
    }

    Status read_node(const Field& outer, std::uint32_t graph) {
        if (out_.nodes.size() >= kMostNodes) return Error{Errc::limit_nodes, outer.at};
        Node node;
        node.graph = graph;
        node.first_input = static_cast<std::uint32_t>(out_.inputs.size());
        node.body = TRY(outer.bytes());
        node.at = outer.content_at;
        const auto number = static_cast<std::uint32_t>(out_.nodes.size());
        Message message = TRY(Message::in(outer));
        while (const auto field = TRY(message.next_bytes())) {
            switch (field->number) {
                case 1: node.name = text(TRY(field->bytes())); break;
                case 2: {
                    const std::string_view op = text(TRY(field->bytes()));
                    node.op_twice = node.op_twice || (!node.op.empty() && node.op != op);
                    node.op = op;
                    break;
                }
                case 3:
                    TRY(count(field->at));
                    out_.inputs.push_back(text(TRY(field->bytes())));
                    break;
                case 5: TRY(find_functions(*field, number)); break;
                default:
                    if (field->number > 7) note_unknown(*field);
            }
        }
        node.inputs = static_cast<std::uint32_t>(out_.inputs.size() - node.first_input);
        out_.nodes.push_back(node);
        return {};
    }

    /// The functions that an attribute names, and those that are attributes of these in turn.
    Status find_functions(const Field& attribute, std::uint32_t node) {
        struct Open {
            enum { entry, value, list, function } kind;
            Message message;
        };
        std::vector<Open> open = {{Open::entry, TRY(Message::in(attribute))}};
        while (!open.empty()) {
            const auto field = TRY(open.back().message.next_bytes());
            if (!field) {
                open.pop_back();
                continue;
            }
            if (open.size() > kMostNesting) return Error{Errc::limit_depth, field->at};
            const auto enter = [&](auto kind) -> Status {
                open.push_back({kind, TRY(Message::in(*field))});
                return {};
            };
            switch (open.back().kind) {
                case Open::entry:
                    if (field->number == 2) TRY(enter(Open::value));
                    break;
                case Open::value:
                    if (field->number == 1) TRY(enter(Open::list));
                    if (field->number == 10) TRY(enter(Open::function));
                    break;
                case Open::list:
                    if (field->number == 9) TRY(enter(Open::function));
                    break;
                case Open::function:
                    if (field->number == 1) {
                        TRY(count(field->at));
                        out_.calls.push_back({node, text(TRY(field->bytes()))});
                    }
                    if (field->number == 2) TRY(enter(Open::entry));
                    break;
            }
        }
        return {};
    }

    Status read_saver(Message message) {
        while (const auto field = TRY(message.next_bytes())) {
            if (field->number != 1) continue;
            TRY(count(field->at));
            out_.saver_files.push_back(text(TRY(field->bytes())));
        }
        return {};
    }

    /// Assets as models of TensorFlow 1 have them: in a collection of messages of any type.
    Status read_collection(Message entry) {
        std::string_view key;
        std::vector<Message> values;
        while (const auto field = TRY(entry.next_bytes())) {
            if (field->number == 1) key = text(TRY(field->bytes()));
            if (field->number == 2) values.push_back(TRY(Message::in(*field)));
        }
        if (key != "saved_model_assets") return {};
        for (Message& value : values) {
            while (const auto list = TRY(value.next_bytes())) {
                if (list->number == 5) TRY(read_any_list(TRY(Message::in(*list))));
            }
        }
        return {};
    }

    Status read_any_list(Message list) {
        while (const auto any = TRY(list.next_bytes())) {
            if (any->number != 1) continue;
            Message message = TRY(Message::in(*any));
            while (const auto field = TRY(message.next_bytes())) {
                if (field->number == 2) TRY(read_asset(*field));
            }
        }
        return {};
    }

    Status read_asset(const Field& outer) {
        TRY(count(outer.at));
        Asset asset;
        asset.at = outer.at;
        Message message = TRY(Message::in(outer));
        while (const auto field = TRY(message.next_bytes())) {
            if (field->number == 2) asset.filename = text(TRY(field->bytes()));
            if (field->number != 1) continue;
            Message tensor = TRY(Message::in(*field));
            while (const auto part = TRY(tensor.next_bytes())) {
                if (part->number == 1) asset.tensor = text(TRY(part->bytes()));
            }
        }
        out_.assets.push_back(asset);
        return {};
    }

    /// Of the object graph of a SavedModel, or (`nested` is false) those of keras_metadata.pb.
    Status read_objects(Message message, bool nested) {
        for (std::uint64_t number = 0; const auto field = TRY(message.next_bytes());) {
            if (field->number != 1) continue;
            TRY(count(field->at));
            Message object = TRY(Message::in(*field));
            if (nested) {
                TRY(read_saved_object(object, number));
            } else {
                TRY(read_object(object, number, 4, 5));
            }
            ++number;
        }
        return {};
    }

    Status read_saved_object(Message message, std::uint64_t number) {
        while (const auto field = TRY(message.next_bytes())) {
            if (field->number == 4) TRY(read_object(TRY(Message::in(*field)), number, 1, 3));
        }
        return {};
    }

    Status read_object(Message message, std::uint64_t number, std::uint32_t identifier,
                       std::uint32_t metadata) {
        Object object;
        object.number = number;
        while (const auto field = TRY(message.next_bytes())) {
            if (field->number == identifier) object.identifier = text(TRY(field->bytes()));
            if (field->number != metadata) continue;
            object.metadata = text(TRY(field->bytes()));
            object.at = field->content_at;
        }
        if (!object.metadata.empty()) out_.objects.push_back(object);
        return {};
    }

    Model out_;
    std::uint32_t main_ = 0;
    std::uint32_t libraries_ = 0;
    std::uint64_t parts_ = 0;
};

}  // namespace

Model read(Bytes bytes, Kind kind) { return Walk().run(bytes, kind); }

}  // namespace pratique::tensorflow
