// 31 to 41: other processes, above all the parent.
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bit>

#include "escape.h"

namespace escapes {

Escapes processes() {
    const pid_t parent = ::getpid();
    static std::uint64_t its_own = 0;
    constexpr std::size_t size = sizeof(its_own);
    const Value here = words(space(size), size);  // struct iovec
    const Value there = words(std::bit_cast<std::uint64_t>(&its_own), size);
    const Value information = words(0, pair(static_cast<std::uint32_t>(SI_QUEUE), 0), 0, 0, 0, 0, 0,
                                    0, 0, 0, 0, 0, 0, 0, 0, 0);  // siginfo_t
    return {
        {31, "trace the parent", SYS_ptrace, {PTRACE_SEIZE, parent, 0, 0}},
        {31, "let the parent trace it", SYS_ptrace, {PTRACE_TRACEME, 0, 0, 0}},
        {32, "read the parent's memory", SYS_process_vm_readv, {parent, here, 1, there, 1, 0}},
        {33, "write the parent's memory", SYS_process_vm_writev, {parent, here, 1, there, 1, 0}},
        // Signal 0 asks whether it might.
        {34, "signal the parent", SYS_kill, {parent, 0}},
        {35, "signal the first process", SYS_kill, {1, 0}},
        {36, "signal every process", SYS_kill, {-1, 0}},
        {37, "signal a thread of the parent", SYS_tgkill, {parent, parent, 0}},
        {37, "signal a thread, the old way", SYS_tkill, {parent, 0}},
        {38, "hold the parent by a descriptor", SYS_pidfd_open, {parent, 0}},
        {39, "take a descriptor of another process", SYS_pidfd_getfd, {input, 0, 0}},
        {40, "signal by a descriptor", SYS_pidfd_send_signal, {input, 0, 0, 0}},
        {41,
         "send the parent a signal with a value",
         SYS_rt_sigqueueinfo,
         {parent, 0, information}},
    };
}

}  // namespace escapes
