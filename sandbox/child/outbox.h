// What the worker says. Replies are gathered and written together, for a write per small file
// would wake the parent as often. The buffer is fixed, so that last words can be said where
// memory has run out, and frames are complete in it at all times.
#pragma once

#include "sandbox/protocol.h"

namespace pratique::sandbox::child {

class Outbox {
public:
    /// Adds a frame; its payload has at most kMaxPayload bytes, or the worker aborts.
    void add(const Frame& frame);
    /// Writes what was added. Ends the worker, silently, when the parent is gone.
    void flush();
    bool empty() const { return used_ == 0; }

private:
    std::array<std::byte, 64 * kKiB> buffer_{};
    std::size_t used_ = 0;
};

/// Sends `fd` to the parent, at once and with a frame that says so. 0, or an errno.
int hand_over(int fd);

/// The one outbox of the process.
Outbox& outbox();

}  // namespace pratique::sandbox::child
