#include "policy_rows.h"

#include <linux/futex.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

#include <cerrno>

#include "sandbox/call_names.h"

namespace policy_rows {
namespace {

constexpr Argument data{Argument::Meaning::data, 0};
constexpr Argument input{Argument::Meaning::input, 0};
constexpr std::uint64_t kHigh = std::uint64_t{1} << 32;
constexpr int kAnonymous = MAP_PRIVATE | MAP_ANONYMOUS;
constexpr int kBoth = PROT_READ | PROT_WRITE;

void append(std::vector<Row>& rows, const std::vector<Row>& more) {
    rows.insert(rows.end(), more.begin(), more.end());
}

std::vector<Row> allowed_of_both() {
    std::vector<Row> rows = {
        {SYS_write, {5, data, 0}},
        {SYS_write, {kHigh | 5, data, 0}},  // the kernel sees 5, so do we
        {SYS_write, {2, data, 0}},
        {SYS_writev, {2, data, 0}},
        {SYS_pread64, {input, data, 1}},
        {SYS_mmap, {0, 4096, PROT_READ, MAP_PRIVATE, input}},
        {SYS_mmap, {0, 4096, PROT_READ, MAP_PRIVATE | MAP_POPULATE | MAP_NORESERVE, input}},
        {SYS_mmap, {0, 4096, kBoth, kAnonymous, -1}},
        {SYS_mmap, {0, 4096, kBoth, kAnonymous | MAP_POPULATE | MAP_NORESERVE, -1}},
        {SYS_mmap, {0, 4096, PROT_NONE, kAnonymous, -1}},
        {SYS_munmap, {1, 1}, EINVAL},
        {SYS_brk, {0}},
        {SYS_mremap, {1, 1, 1, MREMAP_MAYMOVE}, EINVAL},
        {SYS_futex, {data, FUTEX_WAKE, 1}},
        {SYS_futex, {data, FUTEX_WAKE_PRIVATE, 1}},
        {SYS_clock_gettime, {CLOCK_REALTIME, data}},
        {SYS_clock_gettime, {CLOCK_BOOTTIME, data}},
        {SYS_getrandom, {data, 1, 0}},
        {SYS_getrandom, {data, 1, GRND_NONBLOCK | GRND_RANDOM}},
        {SYS_openat, {0, data}, EACCES},
        {SYS_newfstatat, {0, data}, EACCES},
        {SYS_readlinkat, {0, data}, EACCES},
#if defined(__x86_64__)
        {SYS_open, {data}, EACCES},
        {SYS_readlink, {data}, EACCES},
#endif
        {SYS_ioctl, {2, 0}, ENOTTY},
        {SYS_fcntl, {0, 1}, EBADF},
        {SYS_sysinfo, {data}, ENOSYS},
        {SYS_sched_getaffinity, {0, 8, data}, ENOSYS},
        {SYS_prctl, {0x53564d41}, EINVAL},
    };
    for (const int advice :
         {MADV_DONTNEED, MADV_WILLNEED, MADV_SEQUENTIAL, MADV_RANDOM, MADV_HUGEPAGE, 22}) {
        rows.push_back({SYS_madvise, {0, 0, advice}});
    }
    return rows;
}

std::vector<Row> forbidden_to_both() {
    std::vector<Row> rows = {
        {SYS_read, {5, data, 0}},
        {SYS_write, {0, data, 0}},
        {SYS_write, {1, data, 0}},
        {SYS_write, {3, data, 0}},
        {SYS_write, {4, data, 0}},
        {SYS_write, {input, data, 0}},
        {SYS_writev, {5, data, 0}},
        {SYS_writev, {input, data, 0}},
        {SYS_mmap, {0, 4096, kBoth, MAP_PRIVATE, input}},
        {SYS_mmap, {0, 4096, PROT_READ, MAP_SHARED, input}},
        {SYS_mmap, {0, 4096, PROT_READ, MAP_PRIVATE | MAP_FIXED, input}},
        {SYS_mmap, {0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, input}},
        {SYS_mmap, {0, 4096, PROT_READ | kHigh, MAP_PRIVATE, input}},
        {SYS_mmap, {0, 4096, PROT_READ, kHigh | MAP_PRIVATE, input}},
        {SYS_mmap, {0, 4096, kBoth | PROT_EXEC, kAnonymous, -1}},
        {SYS_mmap, {0, 4096, kBoth | kHigh, kAnonymous, -1}},
        {SYS_mmap, {0, 4096, kBoth, MAP_SHARED | MAP_ANONYMOUS, -1}},
        {SYS_mmap, {0, 4096, kBoth, kAnonymous | MAP_FIXED, -1}},
        {SYS_mmap, {0, 4096, kBoth, kAnonymous | MAP_GROWSDOWN, -1}},
        {SYS_mmap, {0, 4096, kBoth, kAnonymous | MAP_LOCKED, -1}},
        {SYS_mmap, {0, 4096, kBoth, kAnonymous | MAP_HUGETLB, -1}},
        {SYS_mmap, {0, 4096, kBoth, kHigh | kAnonymous, -1}},
        {SYS_mmap, {0, 4096, kBoth, kAnonymous, input}},
        {SYS_mmap, {0, 4096, kBoth, kAnonymous, -1, 4096}},
        {SYS_mmap, {0, 4096, kBoth, kAnonymous, -1, kHigh}},
        {SYS_mremap, {1, 1, 1, 0}},
        {SYS_mremap, {1, 1, 1, MREMAP_MAYMOVE | MREMAP_FIXED}},
        {SYS_mremap, {1, 1, 1, MREMAP_MAYMOVE | 4}},
        {SYS_mremap, {1, 1, 1, kHigh | MREMAP_MAYMOVE}},
        {SYS_futex, {data, FUTEX_WAIT, 1}},
        {SYS_futex, {data, FUTEX_LOCK_PI_PRIVATE}},
        {SYS_futex, {data, FUTEX_CMP_REQUEUE_PRIVATE}},
        {SYS_clock_gettime, {8, data}},
        {SYS_clock_gettime, {-6, data}},
        {SYS_getrandom, {data, 1, 4}},
        {SYS_close, {kHigh | 5}},
        {SYS_close, {512}},
        {SYS_close, {-1}},
        {SYS_prctl, {PR_SET_NAME, data}},
        {SYS_sendmsg, {5, 0, 0}},
        {SYS_seccomp, {SECCOMP_SET_MODE_FILTER, 0, 0}},
    };
    for (const int advice : {MADV_NORMAL, MADV_FREE, MADV_REMOVE, MADV_DONTFORK, MADV_MERGEABLE,
                             MADV_HWPOISON, MADV_WIPEONFORK}) {
        rows.push_back({SYS_madvise, {0, 0, advice}});
    }
    for (int fd = 0; fd < 6; ++fd) rows.push_back({SYS_close, {fd}});
    return rows;
}

}  // namespace

std::vector<Row> allowed(Profile profile) {
    std::vector<Row> rows = allowed_of_both();
    if (profile == Profile::single) {
        append(rows, {{SYS_pwrite64, {4, data, 1, 0}}, {SYS_pread64, {kHigh | 3, data, 1, 0}}});
        return rows;
    }
    append(rows, {{SYS_recvmsg, {5, 0, MSG_CMSG_CLOEXEC}, EFAULT},
                  {SYS_recvmsg, {kHigh | 5, 0, MSG_CMSG_CLOEXEC}, EFAULT},
                  {SYS_close, {6}},
                  {SYS_close, {kHigh | 6}},
                  {SYS_close, {7}, EBADF}});
    for (const int fd : {8, 15, 16, 31, 32, 63, 64, 127, 128, 255, 256, 511}) {
        rows.push_back({SYS_close, {fd}, EBADF});
    }
    return rows;
}

std::vector<Row> forbidden(Profile profile) {
    std::vector<Row> rows = forbidden_to_both();
    append(rows, {{SYS_recvmsg, {6, 0, MSG_CMSG_CLOEXEC}},
                  {SYS_recvmsg, {5, 0, 0}},
                  {SYS_recvmsg, {5, 0, MSG_CMSG_CLOEXEC | MSG_DONTWAIT}},
                  {SYS_pwrite64, {input, data, 1, 0}}});
    if (profile == Profile::single) {
        append(rows, {{SYS_recvmsg, {5, 0, MSG_CMSG_CLOEXEC}},
                      {SYS_pread64, {4, data, 1, 0}},
                      {SYS_pread64, {5, data, 1, 0}},
                      {SYS_pwrite64, {5, data, 1, 0}},
                      {SYS_mmap, {0, 4096, PROT_READ, MAP_PRIVATE, 4}},
                      {SYS_mmap, {0, 4096, kBoth, MAP_SHARED, 4}},
                      {SYS_close, {6}}});
    }
    return rows;
}

std::vector<Row> allowed_while_arming(Profile profile) {
    std::vector<Row> rows = {{SYS_exit_group, {0}},  // here, as nothing comes back from it
                             {SYS_sendmsg, {5, data, 0}},
                             {SYS_seccomp, {SECCOMP_SET_MODE_FILTER, 0, data}}};
    if (profile == Profile::single) {
        append(rows, {{SYS_recvmsg, {5, data, MSG_CMSG_CLOEXEC}}, {SYS_close, {3}}});
    }
    return rows;
}

std::vector<Row> forbidden_while_arming(Profile profile) {
    std::vector<Row> rows = {
        {SYS_sendmsg, {6, data, 0}},
        {SYS_sendmsg, {5, data, MSG_DONTWAIT}},
        {SYS_seccomp, {SECCOMP_SET_MODE_STRICT, 0, 0}},
        {SYS_seccomp, {SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, data}}};
    if (profile == Profile::single) {
        append(rows, {{SYS_recvmsg, {6, data, MSG_CMSG_CLOEXEC}},
                      {SYS_recvmsg, {5, data, 0}},
                      {SYS_close, {4}}});
    }
    return rows;
}

std::string context(const Row& row) {
    std::string text = pratique::sandbox::call_name(static_cast<std::uint32_t>(row.call));
    for (const Argument& argument : row.arguments) text += " " + std::to_string(argument.value);
    return text;
}

}  // namespace policy_rows
