// Requests on their way into the socket, in messages that carry their descriptors.
#pragma once

#include <deque>
#include <span>
#include <vector>

#include "sandbox/protocol.h"

namespace pratique::sandbox {

class Outgoing {
public:
    bool empty() const { return messages_.empty(); }
    /// The descriptors go with the frame; -1: none.
    void add(const Frame& frame, int fd, int output);

    enum class Sent {
        all,
        blocked,  ///< the buffer is full; poll tells when it is not
        crowded,  ///< too many descriptors on their way; nothing tells when there are fewer
        closed,
    };
    /// Sends until the socket takes no more. Does not wait.
    Sent send(int socket);

private:
    struct Message {
        std::vector<std::byte> bytes;
        std::vector<int> descriptors;
        std::size_t sent = 0;  ///< bytes; the descriptors go with the first
    };

    std::deque<Message> messages_;
};

}  // namespace pratique::sandbox
