// 80 to 98: what the lock itself rests on.
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <ctime>

#include "escape.h"

namespace escapes {

Escapes state() {
    const pid_t parent = ::getpid();
    // struct sock_fprog: one instruction, "allow"
    const std::uint64_t allow = pair(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    const Value filter = words(1, words(allow));
    const Value all = words(~std::uint64_t{0}, ~std::uint64_t{0});
    const Value powers = words(~std::uint64_t{0}, ~std::uint64_t{0}, ~std::uint64_t{0});
    // struct sigaction of the kernel: handler, flags, restorer, mask
    const Value ignore = words(reinterpret_cast<std::uintptr_t>(SIG_IGN), 0, 0, 0);
    return {
        {80, "let itself be traced", SYS_prctl, {PR_SET_DUMPABLE, 1, 0, 0, 0}},
        {81, "outlive the parent", SYS_prctl, {PR_SET_PDEATHSIG, 0, 0, 0, 0}},
        {82,
         "pretend another memory layout",
         SYS_prctl,
         {PR_SET_MM, PR_SET_MM_START_CODE, 0x10000, 0, 0}},
        {83, "take another name", SYS_prctl, {PR_SET_NAME, "sh", 0, 0, 0}},
        {84, "add a filter", SYS_seccomp, {SECCOMP_SET_MODE_FILTER, 0, filter}},
        {84, "add a filter, the old way", SYS_prctl, {PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter}},
        {85,
         "add a filter that asks itself",
         SYS_seccomp,
         {SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, filter}},
        {86, "make a Landlock rule set", SYS_landlock_create_ruleset, {words(1), 8, 0}},
        {86, "apply a Landlock rule set", SYS_landlock_restrict_self, {input, 0}},
        {87, "raise the parent's limits", SYS_prlimit64, {parent, RLIMIT_NOFILE, all, 0}},
        {87, "read the parent's limits", SYS_prlimit64, {parent, RLIMIT_NOFILE, 0, space(16)}},
        {87, "raise its own limits", SYS_prlimit64, {0, RLIMIT_NOFILE, all, 0}},
        {88, "raise its own limits, the old way", SYS_setrlimit, {RLIMIT_NOFILE, all}},
        {89, "become root", SYS_setuid, {0}},
        {89, "become root for files", SYS_setfsuid, {0}},
        {89, "take a group", SYS_setgroups, {1, words(0)}},
        {90,
         "take back its powers",
         SYS_capset,
         {words(pair(_LINUX_CAPABILITY_VERSION_3, 0)), powers}},
        {94, "take another schedule", SYS_sched_setscheduler, {0, SCHED_OTHER, words(0)}},
        {95, "have the kernel write at its end", SYS_set_robust_list, {space(24), 24}},
        {96, "have the kernel write at each switch", SYS_rseq, {space(32), 32, 0, 0x53053053}},
        {97, "make a timer", SYS_timer_create, {CLOCK_MONOTONIC, 0, space(8)}},
        {98, "ignore the filter's signal", SYS_rt_sigaction, {SIGSYS, ignore, 0, 8}},
        {98, "block the filter's signal", SYS_rt_sigprocmask, {SIG_BLOCK, all, 0, 8}},
    };
}

}  // namespace escapes
