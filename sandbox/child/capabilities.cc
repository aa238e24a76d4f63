#include "sandbox/child/capabilities.h"

#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace pratique::sandbox::child {
namespace {

using Sets = std::array<__user_cap_data_struct, 2>;  // low and high 32 capabilities

int get(Sets& sets) {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    return ::syscall(SYS_capget, &header, sets.data()) == 0 ? 0 : errno;
}

int set(const Sets& sets) {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    return ::syscall(SYS_capset, &header, sets.data()) == 0 ? 0 : errno;
}

/// What a program that this process would run could get back. Needs CAP_SETPCAP; without it
/// no_new_privs says the same.
int drop_bounding_set() {
    for (unsigned long capability = 0; capability < 64; ++capability) {
        if (::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0) continue;
        if (errno != EINVAL) return errno;
        // Past the last one that the kernel knows; but then it cannot say whether it has it.
        if (::prctl(PR_CAPBSET_READ, capability, 0, 0, 0) < 0) break;
        return EPERM;
    }
    constexpr unsigned long kBits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
                                    SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE |
                                    SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
    return ::prctl(PR_SET_SECUREBITS, kBits, 0, 0, 0) == 0 ? 0 : errno;
}

}  // namespace

int regain_capabilities() {
    Sets sets{};
    if (const int error = get(sets)) return error;
    for (auto& half : sets) half.effective = half.permitted;
    return set(sets);
}

int drop_capabilities() {
    Sets sets{};
    if (const int error = get(sets)) return error;
    if ((sets[0].permitted & (1U << CAP_SETPCAP)) != 0) {
        if (const int error = regain_capabilities()) return error;
        if (const int error = drop_bounding_set()) return error;
    }
    if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) return errno;
    if (const int error = set({})) return error;
    if (const int error = get(sets)) return error;
    for (const auto& half : sets) {
        if ((half.effective | half.permitted | half.inheritable) != 0) return EPERM;
    }
    return 0;
}

}  // namespace pratique::sandbox::child
