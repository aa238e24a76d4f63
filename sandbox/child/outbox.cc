#include "sandbox/child/outbox.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>

namespace pratique::sandbox::child {
namespace {

constinit Outbox instance;

void write_all(Bytes bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(kControl, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) ::_exit(0);
        bytes = from(bytes, static_cast<std::uint64_t>(written));
    }
}

}  // namespace

Outbox& outbox() { return instance; }

void Outbox::add(const Frame& frame) {
    if (frame.payload.size() > kMaxPayload) std::abort();
    const auto header = encode_header(frame);
    const std::size_t size = header.size() + frame.payload.size();
    if (buffer_.size() - used_ < size) flush();
    if (buffer_.size() < size) {
        write_all(header);
        write_all(frame.payload);
        return;
    }
    const auto room = std::span(buffer_).subspan(used_, size);
    std::ranges::copy(header, room.begin());
    std::ranges::copy(frame.payload, room.subspan(header.size()).begin());
    used_ += size;
}

void Outbox::flush() {
    const std::size_t size = used_;
    used_ = 0;
    write_all(Bytes(buffer_).first(size));
}

/// The kernel counts the descriptors that all processes of a user have on their way, and compares
/// that with the sender's own limit, which is small here: where many workers start at once one has
/// to wait until other parents have taken theirs. There is no call left to sleep with.
constexpr std::chrono::seconds kPatience{10};

int hand_over(int fd) {
    auto header = encode_header({.kind = kListener, .payload = {}});
    iovec part{header.data(), header.size()};
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(fd))> control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(fd));
    std::memcpy(CMSG_DATA(rights), &fd, sizeof(fd));
    const auto end = std::chrono::steady_clock::now() + kPatience;
    ssize_t sent = 0;
    do {
        sent = ::sendmsg(kControl, &message, 0);
    } while (sent < 0 && errno == ETOOMANYREFS && std::chrono::steady_clock::now() < end);
    if (sent < 0) return errno;
    return static_cast<std::size_t>(sent) == header.size() ? 0 : EPROTO;
}

}  // namespace pratique::sandbox::child
