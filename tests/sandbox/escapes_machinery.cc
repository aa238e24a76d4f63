// 42 to 50: machinery of the kernel that works beside or below system calls.
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "escape.h"

namespace escapes {

Escapes machinery() {
    constexpr std::uint64_t user_mode_only = 1;  // UFFD_USER_MODE_ONLY
    // union bpf_attr for a map: type (array) and key size, value size and number of entries
    const Value map = words(pair(2, 4), pair(4, 1), 0, 0, 0, 0, 0, 0);
    // struct perf_event_attr: type and size, config
    const Value event = words(pair(PERF_TYPE_SOFTWARE, PERF_ATTR_SIZE_VER0),
                              PERF_COUNT_SW_CPU_CLOCK, 0, 0, 0, 0, 0, 0);
    return {
        {42, "make a ring of calls that no filter sees", SYS_io_uring_setup, {1, space(120)}},
        {42, "enter such a ring", SYS_io_uring_enter, {input, 0, 0, 0, 0, 0}},
        {42, "register with such a ring", SYS_io_uring_register, {input, 0, 0, 0}},
        {43, "make a queue of asynchronous reads", SYS_io_setup, {1, words(0)}},
        {44, "handle its own page faults", SYS_userfaultfd, {O_CLOEXEC | user_mode_only}},
        {45, "make a BPF map", SYS_bpf, {0, map, 64}},
        {46, "count events", SYS_perf_event_open, {event, 0, -1, -1, 0}},
        {47,
         "ask for a key ring",
         SYS_keyctl,
         {KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0}},
        {48, "add a key", SYS_add_key, {"user", "x", "x", 1, KEY_SPEC_SESSION_KEYRING}},
        {48, "request a key", SYS_request_key, {"user", "x", 0, KEY_SPEC_SESSION_KEYRING}},
        {49, "make a memory file", SYS_memfd_create, {"x", MFD_CLOEXEC}},
        {50, "make secret memory", SYS_memfd_secret, {0}},
    };
}

}  // namespace escapes
