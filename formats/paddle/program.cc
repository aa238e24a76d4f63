#include "formats/paddle/program.h"

#include "formats/protobuf/wire.h"

namespace pratique::paddle {
namespace {

using protobuf::Field;
using protobuf::Message;
using protobuf::Wire;

constexpr std::uint64_t kMostParts = 1'000'000;

class Walk {
public:
    Program run(Bytes bytes) {
        const Status done = read_program(Message(bytes));
        if (!done) out_.error = done.error();
        return std::move(out_);
    }

private:
    Status count(std::uint64_t at) {
        if (++parts_ > kMostParts) return Error{Errc::limit_nodes, at};
        return {};
    }

    /// A field that the message does not have, or not of this type: protobuf passes it over.
    void pass(const Field& field) {
        if (!out_.unknown) out_.unknown = field.at;
    }

    Status read_program(Message message) {
        while (const auto field = TRY(message.next())) {
            const bool is_message = field->wire == Wire::bytes;
            if (field->number == 1 && is_message) {
                TRY(read_block(TRY(Message::in(*field))));
            } else if (field->number > 5 || !is_message) {
                pass(*field);
            }
        }
        return {};
    }

    Status read_block(Message message) {
        while (const auto field = TRY(message.next())) {
            const bool is_list = field->number == 3 || field->number == 4;
            if (field->number > 5 || field->wire != (is_list ? Wire::bytes : Wire::varint)) {
                pass(*field);
                continue;
            }
            if (field->number != 4) continue;
            TRY(count(field->at));
            Message part = TRY(Message::in(*field));
            out_.operators.emplace_back().at = field->at;
            TRY(read_operator(part, out_.operators.back()));
        }
        return {};
    }

    Status read_operator(Message message, Operator& out) {
        while (const auto field = TRY(message.next_bytes())) {
            if (field->number == 3) out.type = text(field->content);
            if (field->number == 4) TRY(read_attribute(TRY(Message::in(*field)), out));
            if (field->number > 4) pass(*field);
        }
        return {};
    }

    Status read_attribute(Message message, Operator& out) {
        const std::size_t first = out.texts.size();
        std::string_view name;
        while (const auto field = TRY(message.next_bytes())) {
            if (field->number == 1) name = text(field->content);
            if (field->number != 5 && field->number != 8) continue;
            TRY(count(field->at));
            out.texts.emplace_back("", text(field->content));
        }
        for (std::size_t i = first; i < out.texts.size(); ++i) out.texts[i].first = name;
        return {};
    }

    Program out_;
    std::uint64_t parts_ = 0;
};

bool is_block(const Field& outer) {
    bool has_index = false;
    bool has_parent = false;
    bool has_operator = false;
    Message message(outer.content);
    for (;;) {
        const auto field = message.next();
        if (!field || !*field) return has_index && has_parent && has_operator;
        const Field& part = **field;
        has_index = has_index || (part.number == 1 && part.wire == Wire::varint);
        has_parent = has_parent || (part.number == 2 && part.wire == Wire::varint);
        if (part.number != 4 || part.wire != Wire::bytes) continue;
        Message op(part.content);
        for (auto each = op.next(); each && *each; each = op.next()) {
            has_operator = has_operator || ((*each)->number == 3 && !(*each)->content.empty());
        }
    }
}

}  // namespace

bool recognise(Bytes bytes) {
    Message message(bytes);
    for (auto field = message.next(); field && *field; field = message.next()) {
        if ((*field)->number == 1 && (*field)->wire == Wire::bytes && is_block(**field))
            return true;
    }
    return false;
}

Program read(Bytes bytes) { return Walk().run(bytes); }

}  // namespace pratique::paddle
