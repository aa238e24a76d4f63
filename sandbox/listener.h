// The kernel's own report of a denied system call (seccomp user notification, Linux 5.0). The call
// is not made; the worker stands still in it until it is killed. What is read here is the kernel's
// word and not that of a process which may have been taken over.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/descriptor.h"

namespace pratique::sandbox {

struct DeniedCall {
    int number = -1;
    std::uint32_t architecture = 0;
};

class DenialListener {
public:
    /// False if `fd` is not what a filter's installation gave.
    bool take(Descriptor fd);
    /// To be polled for POLLIN; -1 if there is none.
    int descriptor() const { return fd_.get(); }
    /// The call that waits, if one does. Does not wait.
    std::optional<DeniedCall> read();

private:
    Descriptor fd_;
};

/// recv() that also takes a descriptor, if one comes: the last one is kept in `fd`.
ssize_t receive_with_descriptor(int socket, std::span<std::byte> room, Descriptor& fd);

}  // namespace pratique::sandbox
