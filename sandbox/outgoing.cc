#include "sandbox/outgoing.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace pratique::sandbox {
namespace {

// Beyond this a message would not fit the socket's buffer in one piece anyway.
constexpr std::size_t kFullMessage = 64 * kKiB;

ssize_t send_some(int socket, Bytes bytes, std::span<const int> descriptors) {
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(kBatch * sizeof(int))> control{};
    // sendmsg() only reads what iovec calls writable.
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast)
    iovec part{const_cast<std::byte*>(bytes.data()), bytes.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (!descriptors.empty()) {
        message.msg_control = control.data();
        message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(descriptors.size_bytes());
        std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size_bytes());
    }
    return ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace

void Outgoing::add(const Frame& frame, int fd, int output) {
    const bool open = !messages_.empty() && messages_.back().sent == 0 &&
                      messages_.back().descriptors.size() < kBatch &&
                      messages_.back().bytes.size() < kFullMessage;
    if (!open) messages_.emplace_back();
    Message& message = messages_.back();
    const auto header = encode_header(frame);
    message.bytes.insert(message.bytes.end(), header.begin(), header.end());
    message.bytes.insert(message.bytes.end(), frame.payload.begin(), frame.payload.end());
    if (fd >= 0) message.descriptors.push_back(fd);
    if (output >= 0) message.descriptors.push_back(output);
}

Outgoing::Sent Outgoing::send(int socket) {
    while (!messages_.empty()) {
        Message& message = messages_.front();
        const std::span<const int> descriptors =
            message.sent == 0 ? std::span<const int>(message.descriptors) : std::span<const int>();
        const ssize_t count = send_some(socket, from(message.bytes, message.sent), descriptors);
        if (count < 0) {
            if (errno == EINTR) continue;
            if (errno == EAGAIN) return Sent::blocked;
            // RLIMIT_NOFILE of this user also counts descriptors that were sent and not received.
            return errno == ETOOMANYREFS || errno == ENOBUFS ? Sent::crowded : Sent::closed;
        }
        message.sent += static_cast<std::size_t>(count);
        if (message.sent == message.bytes.size()) messages_.pop_front();
    }
    return Sent::all;
}

}  // namespace pratique::sandbox
