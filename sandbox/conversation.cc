#include "sandbox/conversation.h"

namespace pratique::sandbox {

Result<Event> Conversation::take(const Frame& frame) {
    if (state_ == State::over || frame.flags != 0) return Error{Errc::bad_header, 0};
    // What is no answer names no request.
    const bool answers = frame.kind >= kDone && frame.kind != kListener;
    if (!answers && frame.id != 0) return Error{Errc::bad_header, 0};
    switch (frame.kind) {
        case kListener:
            if (state_ != State::starting || !frame.payload.empty()) {
                return Error{Errc::bad_header, 0};
            }
            state_ = State::listening;
            return Event(Listener{});
        case kHello: {
            if (greeted()) return Error{Errc::bad_header, 0};
            const Isolation isolation = TRY(decode_hello(frame.payload));
            state_ = State::serving;
            return Event(isolation);
        }
        case kRefused:
        case kDenied:
        case kExhausted:
        case kAborted: return last_words(frame);
        default: return answer(frame);
    }
}

Result<Event> Conversation::answer(const Frame& frame) {
    const bool known =
        frame.kind == kDone || frame.kind == kCanaryResult || frame.kind >= kApplication;
    if (state_ != State::serving || !known || unanswered_.empty() ||
        unanswered_.front() != frame.id) {
        return Error{Errc::bad_header, 0};
    }
    reply_bytes_ += kHeaderBytes + frame.payload.size();
    if (reply_bytes_ > kMaxReplyBytes) return Error{Errc::limit_bytes, 0};
    if (frame.kind == kDone) {
        if (!frame.payload.empty()) return Error{Errc::trailing_bytes, kHeaderBytes};
        unanswered_.pop_front();
        reply_bytes_ = 0;
    }
    return Event(Reply{frame.id, frame.kind, Untrusted(frame.payload)});
}

Result<Event> Conversation::last_words(const Frame& frame) {
    if (frame.kind == kRefused) {
        if (greeted()) return Error{Errc::bad_header, 0};
        const Missing refused = TRY(decode_refused(frame.payload));
        state_ = State::over;
        return Event(refused);
    }
    if (frame.kind == kDenied) {
        const Denied denied = TRY(decode_denied(frame.payload));
        state_ = State::over;
        return Event(denied);
    }
    if (!frame.payload.empty()) return Error{Errc::trailing_bytes, kHeaderBytes};
    state_ = State::over;
    return frame.kind == kExhausted ? Event(Exhausted{}) : Event(Aborted{});
}

}  // namespace pratique::sandbox
