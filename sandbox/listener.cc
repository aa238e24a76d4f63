#include "sandbox/listener.h"

#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace pratique::sandbox {

bool DenialListener::take(Descriptor fd) {
    // Nothing waits yet, and a listener is the only thing that says so in these words.
    std::uint64_t nothing = 0;
    if (!fd || ::ioctl(fd.get(), SECCOMP_IOCTL_NOTIF_ID_VALID, &nothing) == 0) return false;
    if (errno != ENOENT) return false;
    fd_ = std::move(fd);
    return true;
}

std::optional<DeniedCall> DenialListener::read() {
    // Without a call that waits the request below would wait for one.
    pollfd ready{fd_.get(), POLLIN, 0};
    if (::poll(&ready, 1, 0) != 1 || (ready.revents & POLLIN) == 0) {
        if ((ready.revents & POLLHUP) != 0) fd_.reset();  // all who had the filter are gone
        return std::nullopt;
    }
    struct {
        seccomp_notif call;
        std::array<std::byte, 256> of_later_kernels;
    } room{};
    if (::ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_RECV, &room) != 0) return std::nullopt;
    return DeniedCall{room.call.data.nr, room.call.data.arch};
}

ssize_t receive_with_descriptor(int socket, std::span<std::byte> room, Descriptor& fd) {
    iovec part{room.data(), room.size()};
    // For one; the kernel closes what does not fit.
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t count = ::recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    const cmsghdr* header = count < 0 ? nullptr : CMSG_FIRSTHDR(&message);
    if (header != nullptr && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
        header->cmsg_len >= CMSG_LEN(sizeof(int))) {
        int number = -1;
        std::memcpy(&number, CMSG_DATA(header), sizeof(number));
        fd.reset(number);
    }
    return count;
}

}  // namespace pratique::sandbox
