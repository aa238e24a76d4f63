#include "formats/hdf5/object.h"

#include <algorithm>

namespace pratique::hdf5 {
namespace {

/// A header's attributes go to a heap of their own long before there are so many.
constexpr std::size_t kMostMessages = 100'000;

constexpr std::uint8_t kShared = 0x02;
constexpr std::uint8_t kMustBeKnown = 0x80;
constexpr std::uint16_t kLastKnownType = 0x18;

struct Block {
    std::uint64_t address = 0;
    std::uint64_t length = 0;
};

class HeaderReader {
public:
    HeaderReader(File& file, Object& out) : file_(file), out_(out) {}

    Status read() {
        Reader in = TRY(file_.from(out_.address));
        Reader start = in;
        if (starts_with(in.rest(), "OHDR")) {
            TRY(read_new(start));
        } else {
            TRY(read_old(start));
        }
        // The blocks grow in number as they are read; kMostMessages bounds them.
        for (std::size_t i = 0; i < blocks_.size(); ++i) TRY(read_block(blocks_[i]));
        return {};
    }

private:
    Status read_old(Reader in) {
        TRY(expect_version(in, 1));
        TRY(in.skip(1 + 2 + 4));
        const std::uint64_t length = TRY(in.le<std::uint32_t>());
        TRY(in.skip(4));
        TRY(file_.spend(length, in.offset()));
        Reader messages = TRY(in.sub(length));
        return read_messages(messages);
    }

    Status read_new(Reader in) {
        const Bytes whole = in.rest();
        const std::uint64_t start = in.offset();
        TRY(expect(in, "OHDR"));
        TRY(expect_version(in, 2));
        const std::uint8_t flags = TRY(in.u8());
        is_new_ = true;
        has_order_ = (flags & 0x04) != 0;
        if ((flags & 0x20) != 0) TRY(in.skip(16));
        if ((flags & 0x10) != 0) TRY(in.skip(4));
        const std::uint64_t length = TRY(number(in, std::uint64_t{1} << (flags & 0x03)));
        TRY(file_.spend(length, in.offset()));
        Reader messages = TRY(in.sub(length));
        TRY(check_sum(in, whole.first(in.offset() - start)));
        return read_messages(messages);
    }

    Status read_block(Block block) {
        Reader in = TRY(file_.at(block.address, block.length));
        if (!is_new_) return read_messages(in);
        const Bytes whole = in.rest();
        if (whole.size() < 8) return Error{Errc::truncated, in.offset()};
        TRY(expect(in, "OCHK"));
        Reader messages = TRY(in.sub(whole.size() - 8));
        TRY(check_sum(in, whole.first(whole.size() - 4)));
        return read_messages(messages);
    }

    Status read_messages(Reader in) {
        const std::size_t head = is_new_ ? (has_order_ ? 6 : 4) : 8;
        // Fewer bytes than a message's head are a gap.
        while (in.left() >= head) TRY(read_message(in));
        return {};
    }

    Status read_message(Reader& in) {
        const std::uint64_t at = in.offset();
        const std::uint16_t type = is_new_ ? TRY(in.u8()) : TRY(in.le<std::uint16_t>());
        const std::uint64_t length = TRY(in.le<std::uint16_t>());
        const std::uint8_t flags = TRY(in.u8());
        TRY(in.skip(is_new_ ? (has_order_ ? 2 : 0) : 3));
        Message message{.type = static_cast<MessageType>(type),
                        .shared = (flags & kShared) != 0,
                        .body = {},
                        .offset = in.offset()};
        message.body = TRY(in.take(length));
        if (type > kLastKnownType && (flags & kMustBeKnown) != 0) {
            return Error{Errc::unsupported, at};
        }
        if (message.type == MessageType::nil) return {};
        if (out_.messages.size() >= kMostMessages) return Error{Errc::limit_nodes, at};
        if (message.type == MessageType::continuation) {
            Reader body = message.reader();
            const std::uint64_t address = TRY(file_.address(body));
            blocks_.push_back({address, TRY(file_.length(body))});
        }
        out_.messages.push_back(message);
        return {};
    }

    File& file_;
    Object& out_;
    std::vector<Block> blocks_;
    bool is_new_ = false;
    bool has_order_ = false;
};

}  // namespace

const Message* Object::find(MessageType type) const {
    const auto found = std::find_if(messages.begin(), messages.end(),
                                    [type](const Message& m) { return m.type == type; });
    return found == messages.end() ? nullptr : &*found;
}

Result<Object> read_object(File& file, std::uint64_t address) {
    Object out;
    out.address = address;
    out.offset = file.offset_of(address);
    TRY(HeaderReader(file, out).read());
    return out;
}

Result<Message> resolve(File& file, const Message& message) {
    if (!message.shared) return message;
    constexpr std::uint8_t kInHeap = 1;
    Reader in = message.reader();
    const std::uint8_t version = TRY(in.u8());
    const std::uint8_t kind = TRY(in.u8());
    if (version < 1 || version > 3) return Error{Errc::unsupported, message.offset};
    if (version == 3 && kind == kInHeap) return Error{Errc::unsupported, message.offset};
    if (version == 1) TRY(in.skip(6));
    const Object holder = TRY(read_object(file, TRY(file.address(in))));
    const Message* found = holder.find(message.type);
    // A type that is kept elsewhere again would be a circle waiting to be closed.
    if (found == nullptr || found->shared) return Error{Errc::missing_record, message.offset};
    return *found;
}

}  // namespace pratique::hdf5
