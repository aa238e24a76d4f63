#include "signing/files/beneath.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <system_error>

namespace pratique::signing {
namespace {

/// What is resolved in one call; a name of the greatest length takes two.
constexpr std::size_t kMostAtOnce = PATH_MAX - 1;
/// A name with ".." in a link cannot be judged while somebody moves folders; then the kernel says
/// so, and asks to be called again.
constexpr int kMostTries = 100;

int open_once(int folder, const std::string& name, int flags, Links links) {
    open_how how{};
    how.flags = static_cast<unsigned>(flags) | O_CLOEXEC;
    // O_PATH takes neither: it waits for nothing.
    if ((flags & O_PATH) == 0) how.flags |= O_NONBLOCK | O_NOCTTY;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    if (links == Links::refused) {
        how.flags |= O_NOFOLLOW;
        how.resolve |= RESOLVE_NO_SYMLINKS;
    }
    const char* path = name.empty() ? "." : name.c_str();
    for (int tries = 0; tries < kMostTries; ++tries) {
        const long fd = ::syscall(SYS_openat2, folder, path, &how, sizeof(how));
        if (fd >= 0) return static_cast<int>(fd);
        if (errno != EINTR && errno != EAGAIN) break;
    }
    return -1;
}

}  // namespace

Refusal refusal_of(int error, const std::string& name) {
    switch (error) {
        case ENOENT:
        case ENOTDIR: return {Reason::missing_file, name, {}};
        case ELOOP: return {Reason::link, name, {}};
        case EXDEV: return {Reason::link, name, "it leads out of the model"};
        case ENXIO:
        case ENODEV: return {Reason::special_file, name, {}};
        case ENAMETOOLONG: return {Reason::bad_file_name, name, "too long for the system"};
        case EAGAIN: return {Reason::unstable_file, name, "folders are being moved"};
        case ENOSYS: return {Reason::unreadable, name, "openat2 is missing: Linux 5.6 has it"};
        default: return unreadable(error, name);
    }
}

Refusal unreadable(int error, const std::string& name) {
    return {Reason::unreadable, name, std::generic_category().message(error)};
}

Judged<Descriptor> open_beneath(int folder, const std::string& name, int flags, Links links) {
    Descriptor parent;
    std::string rest = name;
    if (name.size() > kMostAtOnce) {
        const std::size_t last = name.rfind('/');
        if (last == std::string::npos) return refusal_of(ENAMETOOLONG, name);
        const int how = O_PATH | O_DIRECTORY;
        parent.reset(open_once(folder, name.substr(0, last), how, Links::refused));
        if (!parent) return refusal_of(errno, name);
        rest.erase(0, last + 1);
    }
    Descriptor out(open_once(parent ? parent.get() : folder, rest, flags, links));
    if (!out) return refusal_of(errno, name);
    return out;
}

}  // namespace pratique::signing
