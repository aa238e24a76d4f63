#include "formats/protobuf/nesting.h"

#include <vector>

#include "formats/protobuf/wire.h"

namespace pratique::protobuf {
namespace {

class Search {
public:
    std::optional<std::uint64_t> run(Bytes bytes) {
        open_.emplace_back(bytes);
        while (!open_.empty() && fields_ > 0) {
            const auto field = next(open_.back());
            if (!field) {
                open_.pop_back();
                continue;
            }
            if (field->wire != Wire::bytes || !is_message(*field)) continue;
            if (open_.size() > kMostNesting) return field->at;
            open_.emplace_back(field->content, field->content_at);
        }
        return std::nullopt;
    }

private:
    /// The next field; nothing at the end and at what is no field.
    std::optional<Field> next(Message& message) {
        if (fields_ == 0) return std::nullopt;
        --fields_;
        const auto field = message.next();
        return field ? *field : std::nullopt;
    }

    bool is_message(const Field& field) {
        Message message(field.content, field.content_at);
        std::uint64_t end = field.content_at;
        while (const auto part = next(message)) end = message.offset();
        return !field.content.empty() && end == field.content_at + field.content.size();
    }

    std::uint64_t fields_ = 4'000'000;
    std::vector<Message> open_;
};

}  // namespace

std::optional<std::uint64_t> find_deep_message(Bytes bytes) { return Search().run(bytes); }

}  // namespace pratique::protobuf
