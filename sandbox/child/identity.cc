#include "sandbox/child/identity.h"

#include <grp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "sandbox/child/capabilities.h"

namespace pratique::sandbox::child {
namespace {

constexpr unsigned kNobody = 65534;  // Linux: the user that unknown ones are shown as

}  // namespace

int leave_root() {
    if (::geteuid() != 0 && ::getuid() != 0) return 0;
    if (::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) return errno;
    // Raw calls: there is one thread, and libc's wrappers would look for others.
    if (::syscall(SYS_setgroups, 0, nullptr) != 0) return errno;
    if (::syscall(SYS_setresgid, kNobody, kNobody, kNobody) != 0) return errno;
    if (::syscall(SYS_setresuid, kNobody, kNobody, kNobody) != 0) return errno;
    return regain_capabilities();
}

}  // namespace pratique::sandbox::child
