// 99 to 127 without those of x86-64: calls that a parser has never heard of.
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/quota.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "escape.h"
#include "escape_calls.h"

namespace escapes {

Escapes rarities() {
    const pid_t self = ::getpid();
    constexpr int log_size = 10;  // SYSLOG_ACTION_SIZE_BUFFER
    constexpr int log_read = 3;   // SYSLOG_ACTION_READ_ALL
    // struct futex_waitv: value, address, flags (32 bits, private)
    const Value waits = words(0, words(0), 2 | FUTEX_PRIVATE_FLAG);
    const Value mount = words(pair(24, 0), ~std::uint64_t{0}, 0);  // struct mnt_id_req: the root
    return {
        {99, "watch files", SYS_inotify_init1, {IN_CLOEXEC}},
        {100, "watch a file system", SYS_fanotify_init, {FAN_CLASS_NOTIF, O_RDONLY}},
        {101, "open a message queue", SYS_mq_open, {"x", O_CREAT | O_RDWR, 0600, 0}},
        {102, "make semaphores", SYS_semget, {IPC_PRIVATE, 1, IPC_CREAT | 0600}},
        {103, "compare processes", SYS_kcmp, {self, self, 0, 0, 0}},
        {104, "change quotas", SYS_quotactl, {QCMD(Q_SYNC, USRQUOTA), 0, 0, 0}},
        {105, "ask for the size of the kernel's log", SYS_syslog, {log_size, 0, 0}},
        {105, "read the kernel's log", SYS_syslog, {log_read, space(256), 256}},
        {106, "list its input as a folder", SYS_getdents64, {input, space(256), 256}},
        {107, "go to its input as a folder", SYS_fchdir, {input}},
        {108, "ask about a file", SYS_statx, {AT_FDCWD, "/etc/passwd", 0, 0x7ff, space(256)}},
        {108, "ask about its input", SYS_statx, {input, "", AT_EMPTY_PATH, 0x7ff, space(256)}},
        {112, "use the number -1", -1},
        {113, "use a number that no call has", 9999},
        {116, "take a lock that lends priority", SYS_futex, {words(0), FUTEX_LOCK_PI, 0, 0}},
        {116, "wait for a lock", SYS_futex, {words(1), FUTEX_WAIT, 0, 0}},
        {117, "wait for many locks", SYS_futex_waitv, {waits, 1, 0, 0, 0}},
        {120,
         "advise the parent's memory",
         SYS_process_madvise,
         {input, words(words(0x10000, 4096)), 1, MADV_COLD, 0}},
        {122, "read stdin", SYS_read, {0, space(8), 8}},
        {122, "read its input without an offset", SYS_read, {input, space(8), 8}},
        {122, "read from its socket", SYS_read, {kControl, space(8), 8}},
        {124, "ask a security module", kLsmGetSelfAttr, {100, space(256), words(256), 0}},
        {125, "list mounts", kListmount, {mount, space(256), 32, 0}},
        {126,
         "ask what lies in memory of its input",
         kCachestat,
         {input, words(0, 1), space(40), 0}},
        {127, "ask for attributes of a file", kFileGetattr, {AT_FDCWD, "/", space(24), 24, 0}},
    };
}

}  // namespace escapes
