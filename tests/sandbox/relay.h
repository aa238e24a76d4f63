// Stands between a parent and a real worker: what the parent sends is passed on, descriptors
// included, and what the worker says is passed back and kept in a file.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <span>
#include <string>

#include "sandbox/protocol.h"

namespace worker_test {

namespace internal {

/// Moves what is there from one socket to the other; the number of bytes, 0 at the end.
inline ssize_t pass(int from, int to, int copy) {
    std::array<std::byte, 64 * 1024> bytes;
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(pratique::sandbox::kBatch * sizeof(int))>
        control;
    iovec part{bytes.data(), bytes.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t count = ::recvmsg(from, &message, 0);
    if (count <= 0) return 0;
    part.iov_len = static_cast<std::size_t>(count);
    // Kept first: a parent that has heard all ends this process at once.
    if (copy >= 0 && ::write(copy, bytes.data(), part.iov_len) != count) return 0;
    if (::sendmsg(to, &message, MSG_NOSIGNAL) != count) return 0;
    for (cmsghdr* row = CMSG_FIRSTHDR(&message); row != nullptr; row = CMSG_NXTHDR(&message, row)) {
        const auto files = (row->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < files; ++i) {
            ::close(reinterpret_cast<const int*>(CMSG_DATA(row))[i]);
        }
    }
    return count;
}

/// The configuration names the worker's parent, which is this process here.
inline bool pass_config(int from, int to) {
    using namespace pratique::sandbox;
    const auto read = [from](std::span<std::byte> room) {
        return ::recv(from, room.data(), room.size(), MSG_WAITALL) ==
               static_cast<ssize_t>(room.size());
    };
    std::array<std::uint32_t, kHeaderBytes / sizeof(std::uint32_t)> header{};
    if (!read(std::as_writable_bytes(std::span(header)))) return false;
    std::vector<std::byte> payload(header[3]);
    if (!read(payload)) return false;
    auto config = decode_config(payload);
    if (!config) return false;
    config->parent = static_cast<std::uint32_t>(::getpid());
    const auto changed = encode(*config);
    pratique::WireWriter out;
    out.raw(encode_header({.kind = kConfig, .payload = changed})).raw(changed);
    return ::send(to, out.view().data(), out.view().size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(out.view().size());
}

[[noreturn]] inline void become(const std::string& program, int control) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(control, pratique::sandbox::kControl);
    std::string name = "pratique-worker";
    std::array<char*, 2> arguments{name.data(), nullptr};
    std::array<char*, 1> environment{nullptr};
    ::execve(program.c_str(), arguments.data(), environment.data());
    ::_exit(127);
}

}  // namespace internal

/// Until either side ends. The exit status is that of the worker.
inline int relay(const std::string& program, const std::string& file) {
    using pratique::sandbox::kControl;
    std::array<int, 2> pair{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) return 126;
    const pid_t worker = ::fork();
    if (worker == 0) internal::become(program, pair[1]);
    ::close(pair[1]);
    const int copy = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (worker < 0 || copy < 0 || !internal::pass_config(kControl, pair[0])) return 126;
    std::array<pollfd, 2> ends{{{kControl, POLLIN, 0}, {pair[0], POLLIN, 0}}};
    while (::poll(ends.data(), ends.size(), -1) > 0) {
        if (ends[1].revents != 0 && internal::pass(pair[0], kControl, copy) == 0) break;
        if (ends[0].revents != 0 && internal::pass(kControl, pair[0], -1) == 0) {
            ::shutdown(pair[0], SHUT_WR);
            ends[0].fd = -1;
        }
    }
    int status = 0;
    ::waitpid(worker, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 126;
}

}  // namespace worker_test
