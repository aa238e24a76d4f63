// 1 to 14: running programs, making processes, namespaces, sockets.
#include <linux/netlink.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <csignal>

#include "escape.h"

namespace escapes {

Escapes programs() {
    const Value arguments = words("/bin/true", 0);
    const Value environment = words(0);
    // struct clone_args: flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls
    const Value clone_arguments = words(0, 0, 0, 0, SIGCHLD, 0, 0, 0);
    return {
        {1, "run a program", SYS_execve, {"/bin/true", arguments, environment}},
        {2,
         "run its input as a program",
         SYS_execveat,
         {input, "", arguments, environment, AT_EMPTY_PATH}},
        {5, "make a process in a namespace of its own", SYS_clone, {CLONE_NEWUSER | SIGCHLD}},
        {5, "make a process", SYS_clone, {SIGCHLD}},
        {5, "make a thread", SYS_clone, {CLONE_VM | CLONE_SIGHAND | CLONE_THREAD}},
        {6, "make a process, the newer way", SYS_clone3, {clone_arguments, 64}},
        {7, "enter a namespace of its own", SYS_unshare, {CLONE_NEWUSER}},
        {8, "enter a namespace of another", SYS_setns, {input, 0}},
        {9, "open a network socket", SYS_socket, {AF_INET, SOCK_STREAM, 0}},
        {9, "open a network socket of version 6", SYS_socket, {AF_INET6, SOCK_DGRAM, 0}},
        {10, "open a local socket", SYS_socket, {AF_UNIX, SOCK_STREAM, 0}},
        {11, "open a socket to the kernel's ciphers", SYS_socket, {AF_ALG, SOCK_SEQPACKET, 0}},
        {12, "open a socket to the kernel", SYS_socket, {AF_NETLINK, SOCK_RAW, NETLINK_ROUTE}},
        {13, "open a socket to the host of the machine", SYS_socket, {AF_VSOCK, SOCK_STREAM, 0}},
        {14, "make a pair of sockets", SYS_socketpair, {AF_UNIX, SOCK_STREAM, 0, space(8)}},
    };
}

}  // namespace escapes
