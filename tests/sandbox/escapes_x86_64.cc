// What only x86-64 has: calls that newer architectures left out (3, 4, 16, 18, 23, 68, 91 to 93),
// and the side doors into the kernel (109 to 111, 114, 115).
#include <sys/syscall.h>

#include <cerrno>
#include <csignal>

#include "escape.h"

namespace escapes {

#if defined(__x86_64__)

Escapes of_x86_64() {
    constexpr long x32 = 0x40000000;
    constexpr int set_gs = 0x1001;  // ARCH_SET_GS
    constexpr long uretprobe = 335;
    constexpr long uprobe = 336;
    constexpr const char* file = "/tmp/pratique-escape";
    const Must killed = ends_by(SIGSYS);
    // Kernels without the gate for 32-bit calls fault at the instruction.
    const Must gate = ends_by(SIGSYS) | ends_by(SIGSEGV);
    // Newer kernels let these two pass every filter: outside of a probe they only raise a signal
    // or fail.
    const Must probe = ends_by(SIGILL) | denied() | error(ENXIO);
    // With vsyscall=none the page is not there.
    const Must page = denied(SYS_gettimeofday) | ends_by(SIGSEGV);
    return {
        {3, "make a process, the old way", SYS_fork},
        {4, "make a process in its memory", SYS_vfork},
        {16, "open a file, the old way", SYS_open, {"/etc/passwd", 0}, error(EACCES)},
        {18, "make a file, the old way", SYS_creat, {file, 0600}},
        {23, "delete a file, the old way", SYS_unlink, {file}},
        {68, "give a number that may write to its input", SYS_dup2, {input, kErrors}},
        {91, "move its thread's memory", SYS_arch_prctl, {set_gs, 0}},
        {92, "make a 32-bit segment", SYS_modify_ldt, {1, words(0, 0), 16}},
        {93, "reach hardware ports", SYS_iopl, {3}},
        {93, "reach some hardware ports", SYS_ioperm, {0x80, 1, 1}},
        {109, "make a call of x32", x32 | SYS_getpid, {}, killed},
        {109, "open a file by x32", x32 | SYS_open, {"/etc/passwd", 0}, killed},
        {109, "speak to the parent by x32", x32 | SYS_write, {kControl, "", 0}, killed},
        {110, "make a 32-bit call", SYS_getpid, {}, gate, gate, {}, kInt80Getpid},
        {111, "run a program by a 32-bit call", SYS_execve, {}, gate, gate, {}, kInt80Execve},
        {114, "return from a probe", uretprobe, {}, probe},
        {114, "return from another probe", uprobe, {}, probe},
        {115, "call by the old fixed page", SYS_gettimeofday, {}, page, page, {}, kVsyscall},
    };
}

#else

Escapes of_x86_64() { return {}; }

#endif

}  // namespace escapes
