// The worker's main loop. A worker program is a main() that calls serve() and nothing else:
// everything before it would run without the lock.
#pragma once

#include <functional>

#include "base/bytes.h"

namespace pratique::sandbox::child {

struct Request {
    std::uint32_t kind = 0;  ///< kApplication or above
    std::uint64_t id = 0;
    Bytes payload;    ///< valid while the handler runs
    int fd = -1;      ///< to be read with pread or mapped; -1: none; closed by serve()
    int output = -1;  ///< `single`: to be filled with pwrite
};

/// Where the handler puts its answer.
class Replies {
public:
    explicit Replies(std::uint64_t id) : id_(id) {}
    /// A frame to the parent, at most kMaxPayload bytes; all of one answer at most kMaxReplyBytes.
    void send(std::uint32_t kind, Bytes payload);

private:
    std::uint64_t id_;
};

struct Service {
    /// Called for each request, in order. What it throws ends the worker.
    std::function<void(const Request&, Replies&)> handle;
    /// Called once before the system call filter, for what needs more calls than parsing does.
    std::function<void()> warm_up = {};
};

/// Locks the process down, says hello, then serves requests until the parent closes the socket; as
/// a `single` it serves one and exits.
/// Never serves without the lock: when a required step fails it says which, and exits.
[[noreturn]] void serve(const Service& service);

}  // namespace pratique::sandbox::child
