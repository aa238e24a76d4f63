// What a worker that was taken over may write: whatever it is, the parent sees at most the answers
// to what it asked, in order, and never stores more than one frame.
#include <algorithm>

#include "sandbox/conversation.h"

using namespace pratique;
using namespace pratique::sandbox;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes input = std::as_bytes(std::span(data, size));
    FrameReader frames;
    Conversation talk;
    for (std::uint64_t id = 0; id < 3; ++id) talk.asked(id);
    for (std::uint64_t at = 0, piece = 1; at < size; at += piece, piece = piece % 97 + 1) {
        const Bytes part = slice(input, at, piece);
        std::ranges::copy(part, frames.room(part.size()).begin());
        frames.filled(part.size());
        for (auto frame = frames.next(); !frame || *frame; frame = frames.next()) {
            if (!frame) return 0;
            const auto before = talk.unanswered();
            const auto event = talk.take(**frame);
            if (!event) return 0;
            const auto* reply = std::get_if<Reply>(&*event);
            if (reply != nullptr && (before.empty() || reply->id != before.front()))
                __builtin_trap();
            if (before.size() != talk.unanswered().size() + (reply && reply->done() ? 1 : 0)) {
                __builtin_trap();
            }
        }
    }
    return 0;
}
