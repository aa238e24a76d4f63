#include "sandbox/memory_file.h"

#include <sys/mman.h>

#include <cerrno>
#include <csignal>

namespace pratique::sandbox {

Descriptor make_memory_file(const char* name) {
    constexpr unsigned kFlags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    constexpr unsigned kNoExec = 0x8;  // MFD_NOEXEC_SEAL; headers may be older than the kernel
    Descriptor fd(::memfd_create(name, kFlags | kNoExec));
    if (!fd && errno == EINVAL) fd.reset(::memfd_create(name, kFlags));
    return fd;
}

bool resize(int fd, std::uint64_t size) {
    if (size > INT64_MAX) {
        errno = EFBIG;
        return false;
    }
    sigset_t signal, before;
    ::sigemptyset(&signal);
    ::sigaddset(&signal, SIGXFSZ);
    ::pthread_sigmask(SIG_BLOCK, &signal, &before);
    const int error = ::ftruncate(fd, static_cast<off_t>(size)) == 0 ? 0 : errno;
    constexpr timespec kNow{};
    if (error == EFBIG) ::sigtimedwait(&signal, nullptr, &kNow);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    errno = error;
    return error == 0;
}

}  // namespace pratique::sandbox
