// The parent's view of the dialogue: which frame may come now, and what it means. A frame that
// may not come now is an error, and the session ends: hello comes first and once, after at most one
// listener; replies carry the id of the oldest unanswered request; after last words nothing comes.
// Pure: bytes in, events out, so that it can be fuzzed without a process.
#pragma once

#include <deque>
#include <variant>

#include "base/untrusted.h"
#include "sandbox/protocol.h"

namespace pratique::sandbox {

/// A part of the answer to request `id`. The last one has kind kDone and no payload.
struct Reply {
    std::uint64_t id = 0;
    std::uint32_t kind = 0;
    Untrusted<Bytes> payload = {};  ///< valid until the next call of Session::receive

    bool done() const { return kind == kDone; }
};

/// A descriptor came through which the kernel reports denied calls.
struct Listener {};
struct Exhausted {};
struct Aborted {};

using Event = std::variant<Listener, Isolation, Reply, Missing, Denied, Exhausted, Aborted>;

class Conversation {
public:
    /// A request was sent. Ids are the caller's; replies come in the order of the requests.
    void asked(std::uint64_t id) { unanswered_.push_back(id); }
    const std::deque<std::uint64_t>& unanswered() const { return unanswered_; }

    /// Errors: bad_header (a frame that may not come now), limit_bytes (more than kMaxReplyBytes
    /// for one request), and those of the payload's decoder. The offset is that in the frame.
    Result<Event> take(const Frame& frame);

private:
    enum class State { starting, listening, serving, over };

    bool greeted() const { return state_ == State::serving || state_ == State::over; }

    Result<Event> answer(const Frame& frame);
    Result<Event> last_words(const Frame& frame);

    State state_ = State::starting;
    std::deque<std::uint64_t> unanswered_;
    std::uint64_t reply_bytes_ = 0;
};

}  // namespace pratique::sandbox
