// What a locked worker may ask of the kernel, as a table: the whole policy, readable on a screen.
// Two profiles, each for one thread that parses:
//
//   stream   many files of one author, each received as a descriptor from 6 on, answers on 5
//   single   one file on 3, its output written to 4, answers on 5; receives nothing any more
//
// A profile is armed in two steps, as filters can only be tightened: `arming` is what the worker
// needs once more under the first filter (to hand the listener of denied calls to its parent, to
// receive the input of a `single`), and what a second filter, the seal, takes away before the
// first untrusted byte is read.
//
// A rule holds if all of its conditions do; a condition is (argument & mask) == value. Rules only
// ever allow, so a comparison that is too strict fails closed. Where the kernel reads an argument
// as a 32-bit int the mask covers just these bits (a check of all 64 was bypassed elsewhere, see
// CVE-2019-10063); where it reads 64, all are compared.
//
// Not here, though a parser's process usually has them, because nothing was seen to need them:
// read (recvmsg gets the requests), fstat and lseek (the parent tells sizes), mprotect (one malloc
// arena, no threads), rt_sigreturn (no signal handler returns) and restart_syscall (no call with a
// time-out), getpid and tgkill (abort() is our own).
#pragma once

#include <fcntl.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include "sandbox/protocol.h"

namespace pratique::sandbox::policy {

struct Condition {
    unsigned argument;
    std::uint64_t mask;
    std::uint64_t value;
};

struct Rule {
    const char* call;
    std::vector<Condition> conditions = {};
    int error = 0;  ///< 0: allowed; else refused with this errno and no alarm
};

/// An int argument with exactly this value.
constexpr Condition is(unsigned argument, std::uint32_t value) {
    return {argument, UINT32_MAX, value};
}
/// An int argument that has no bits but these.
constexpr Condition within(unsigned argument, std::uint32_t bits) {
    return {argument, UINT32_MAX & ~bits, 0};
}
/// The same of a long argument.
constexpr Condition long_is(unsigned argument, std::uint64_t value, std::uint64_t free = 0) {
    return {argument, ~free, value};
}

/// Rules for `call` with an int argument 0 of 6 or more, as far as the worker's limit of open
/// files can go. libseccomp's greater-than looks at all 64 bits; aligned ranges, each tested by
/// its leading bits, say the same of 32.
inline std::vector<Rule> on_inputs(const char* call) {
    static_assert(kFirstInput == 6);
    std::vector<Rule> rules;
    rules.push_back({call, {{0, UINT32_MAX & ~1U, 6}}});
    for (std::uint32_t start = 8; start < 512; start *= 2) {
        rules.push_back({call, {{0, UINT32_MAX & ~(start - 1), start}}});
    }
    return rules;
}

/// What both profiles need of memory, the C library and the end.
inline std::vector<Rule> common() {
    constexpr std::uint32_t kAnonymous = MAP_PRIVATE | MAP_ANONYMOUS;
    constexpr std::uint32_t kHarmless = MAP_POPULATE | MAP_NORESERVE;
    return {
        // The dialogue with the parent, and complaints.
        {"write", {is(0, kControl)}},
        {"write", {is(0, kErrors)}},
        {"writev", {is(0, kErrors)}},  // how libc writes its dying message
        // Memory: never shared and writable, never executable.
        {"mmap",
         {long_is(2, 0, PROT_READ | PROT_WRITE), long_is(3, kAnonymous, kHarmless),
          is(4, UINT32_MAX), long_is(5, 0)}},
        {"munmap"},
        {"brk"},
        {"mremap", {long_is(3, MREMAP_MAYMOVE)}},
        {"madvise", {is(2, MADV_DONTNEED)}},
        {"madvise", {is(2, MADV_WILLNEED)}},
        {"madvise", {is(2, MADV_SEQUENTIAL)}},
        {"madvise", {is(2, MADV_RANDOM)}},
        {"madvise", {is(2, MADV_HUGEPAGE)}},
        {"madvise", {is(2, 22 /* MADV_POPULATE_READ, Linux 5.14 */)}},
        // The C and C++ libraries: one-time initialisation, clocks and seeds behind the vDSO.
        {"futex", {is(1, FUTEX_WAKE)}},
        {"futex", {is(1, FUTEX_WAKE | FUTEX_PRIVATE_FLAG)}},
        {"clock_gettime", {within(0, 7)}},  // the fixed clocks; others name processes
        {"getrandom", {within(2, GRND_NONBLOCK | GRND_RANDOM)}},
        {"exit_group"},
        // What libraries try and can do without. The answer is no; it does not end the worker.
        {"open", {}, EACCES},
        {"openat", {}, EACCES},
        {"newfstatat", {}, EACCES},
        {"readlink", {}, EACCES},
        {"readlinkat", {}, EACCES},
        {"ioctl", {}, ENOTTY},
        {"fcntl", {}, EBADF},
        {"sysinfo", {}, ENOSYS},
        {"sched_getaffinity", {}, ENOSYS},
        {"prctl", {is(0, 0x53564d41 /* PR_SET_VMA */)}, EINVAL},
    };
}

struct Policy {
    std::vector<Rule> rules;   ///< what stays allowed
    std::vector<Rule> arming;  ///< what the seal takes away again
};

inline const Rule kReceive{"recvmsg", {is(0, kControl), is(2, MSG_CMSG_CLOEXEC)}};
inline const Rule kHandOver{"sendmsg", {is(0, kControl), is(2, 0)}};
inline const Rule kTighten{"seccomp", {is(0, SECCOMP_SET_MODE_FILTER), is(1, 0)}};

inline Policy stream() {
    Policy policy{.rules = common(), .arming = {kHandOver, kTighten}};
    policy.rules.push_back(kReceive);
    // The input: whatever descriptor the worker holds, it was given to read.
    policy.rules.push_back({"pread64"});
    policy.rules.push_back(
        {"mmap", {long_is(2, PROT_READ), long_is(3, MAP_PRIVATE, MAP_POPULATE | MAP_NORESERVE)}});
    // Not 0 to 5: the next descriptor received would take a freed number, and with it the
    // rights that this table gives to that number.
    for (const Rule& rule : on_inputs("close")) policy.rules.push_back(rule);
    return policy;
}

inline Policy single() {
    Policy policy{.rules = common(), .arming = {kReceive, kHandOver, kTighten}};
    // The listener, which takes the lowest free number, makes way for the input.
    policy.arming.push_back({"close", {is(0, kInput)}});
    policy.rules.push_back({"pread64", {is(0, kInput)}});
    policy.rules.push_back({"pwrite64", {is(0, kOutput)}});
    policy.rules.push_back(
        {"mmap",
         {long_is(2, PROT_READ), long_is(3, MAP_PRIVATE, MAP_POPULATE | MAP_NORESERVE),
          is(4, kInput)}});
    return policy;
}

}  // namespace pratique::sandbox::policy
