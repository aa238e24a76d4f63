// 58 to 79: what could be done with the descriptors that the worker holds.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "escape.h"

namespace escapes {
namespace {

constexpr std::uint64_t kHigh = std::uint64_t{1} << 32;
constexpr std::uint64_t kPushInput = 0x5412;     // TIOCSTI
constexpr std::uint64_t kTerminalCopy = 0x541c;  // TIOCLINUX

/// struct msghdr: a byte, and room for `control` bytes beside it.
Value message(const Value& control, std::uint64_t size) {
    return words(0, 0, words(space(1), 1), 1, control, size, 0);
}

Escapes to_files() {
    return {
        {60, "write to its input", SYS_write, {input, "x", 1}},
        {60, "write to it by parts", SYS_writev, {input, words("x", 1), 1}},
        {60, "write to it by parts at an offset", SYS_pwritev, {input, words("x", 1), 1, 0, 0}},
        {61, "write to its input at an offset", SYS_pwrite64, {input, "x", 1, 0}},
        {62, "cut its input off", SYS_ftruncate, {input, 0}},
        {63, "reserve room in its input", SYS_fallocate, {input, 0, 0, 4096}},
        // Libraries ask for flags and can do without; nothing is set.
        {64, "make its input append", SYS_fcntl, {input, F_SETFL, O_APPEND}, error(EBADF)},
        {65,
         "have its socket signal the parent",
         SYS_fcntl,
         {kControl, F_SETOWN, ::getpid()},
         error(EBADF)},
        {66, "seal a memory file", SYS_fcntl, {other, F_ADD_SEALS, F_SEAL_WRITE}, error(EBADF)},
        {67, "copy a descriptor", SYS_fcntl, {input, F_DUPFD, 0}, error(EBADF)},
        {69, "give a number that may write to its input", SYS_dup3, {input, kErrors, 0}},
        {69, "copy a descriptor to the lowest number", SYS_dup, {input}},
        {69, "free the number of its socket", SYS_close, {kControl}},
        {69, "free it by a bit above 32", SYS_close, {kHigh | kControl}},
        {69, "free the number of stdin", SYS_close, {0}},
        // `stream` closes what it was given; nothing else gets the number meanwhile.
        {69, "free the number of its input", SYS_close, {input}, works(), denied()},
        {69, "free the numbers of all", SYS_close_range, {0, ~0U, 0}},
        {70, "read a second file", SYS_pread64, {other, space(8), 8, 0}, works(), denied()},
        {70,
         "map a second file",
         SYS_mmap,
         {0, 4096, PROT_READ, MAP_PRIVATE, other, 0},
         works(),
         denied()},
        {70, "write a second file by parts", SYS_pwritev, {other, words("x", 1), 1, 0, 0}},
        {70, "cut a second file off", SYS_ftruncate, {other, 0}},
    };
}

Escapes to_the_outside() {
    // One descriptor: a header of 16 bytes {length, level and type}, the number.
    const Value rights = words(20, pair(SOL_SOCKET, SCM_RIGHTS), 0);
    return {
        {71, "type into a terminal", SYS_ioctl, {0, kPushInput, "x"}, error(ENOTTY)},
        {72, "type with a bit above 32", SYS_ioctl, {0, kHigh | kPushInput, "x"}, error(ENOTTY)},
        {72, "paste into a terminal", SYS_ioctl, {0, kTerminalCopy, "\x03"}, error(ENOTTY)},
        {73, "pass a descriptor to the parent", SYS_sendmsg, {kControl, message(rights, 24), 0}},
        {73,
         "pass many to the parent",
         SYS_sendmmsg,
         {kControl, words(0, 0, words("x", 1), 1, 0, 0, 0, 0), 1, 0}},
        // `stream` receives its inputs that way, on its socket and to be closed on exec.
        {74, "receive from a file", SYS_recvmsg, {input, message(space(64), 64), MSG_CMSG_CLOEXEC}},
        {74, "receive in another way", SYS_recvmsg, {kControl, message(space(64), 64), 0}},
        {74, "receive many", SYS_recvmmsg, {kControl, words(0, 0, 0, 0, 0, 0, 0, 0), 1, 0, 0}},
        {74, "receive bytes", SYS_recvfrom, {kControl, space(64), 64, MSG_DONTWAIT, 0, 0}},
        {74,
         "receive at a bad address",
         SYS_recvmsg,
         {kControl, 0, MSG_CMSG_CLOEXEC},
         error(EFAULT),
         denied()},
        {75, "send bytes", SYS_sendto, {kControl, "x", 1, 0, 0, 0}},
        {76, "move bytes past its memory", SYS_splice, {input, words(0), kErrors, 0, 1, 0}},
        {77, "give pages away", SYS_vmsplice, {kErrors, words("x", 1), 1, 0}},
        {78, "double a pipe", SYS_tee, {kErrors, kErrors, 1, 0}},
        {79, "copy between files", SYS_copy_file_range, {input, words(0), other, words(0), 1, 0}},
        {79, "send a file", SYS_sendfile, {kControl, input, words(0), 1}},
    };
}

}  // namespace

Escapes descriptors() {
    Escapes rows = to_files();
    for (Escape& row : to_the_outside()) rows.push_back(std::move(row));
    return rows;
}

Escapes work() {
    constexpr std::uint64_t page = 4096;
    return {
        {0, "read its input", SYS_pread64, {input, space(8), 8, 0}, works()},
        {0, "map its input", SYS_mmap, {0, page, PROT_READ, MAP_PRIVATE, input, 0}, works()},
        {0,
         "take memory",
         SYS_mmap,
         {0, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0},
         works()},
        {0, "speak to the parent", SYS_write, {kControl, "", 0}, works()},
        {0, "complain", SYS_write, {kErrors, "", 0}, works()},
        {0, "complain by parts", SYS_writev, {kErrors, words("x", 1), 1}, works()},
        {0, "fill a second file", SYS_pwrite64, {other, "x", 1, 0}, denied(), works()},
        {0, "leave", SYS_exit_group, {0}, leaves(0)},
    };
}

}  // namespace escapes
