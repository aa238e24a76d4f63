// Each line of the policy table from both sides: the form that is allowed, and its neighbours.
#include <linux/futex.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cstring>

#include "sandbox/attempt.h"
#include "sandbox/call_names.h"
#include "talk.h"

using namespace worker_test;

namespace {

constexpr Argument data{Argument::Meaning::data, 0};
constexpr Argument input{Argument::Meaning::input, 0};
constexpr std::uint64_t kHigh = std::uint64_t{1} << 32;

/// An argument: a number, `data` or `input`.
struct A : Argument {
    template <class T>
    requires(std::integral<T> || std::is_enum_v<T>) A(T number)
        : Argument{Meaning::number, static_cast<std::uint64_t>(number)} {}
    A(Argument other) : Argument(other) {}
};

struct Row {
    long call;
    std::vector<A> arguments;
    int result = 0;  ///< 0: works; else this errno
};

std::string attempt(Session& session, const Row& row, int file) {
    const std::string scratch(64, '\0');
    Attempt attempt{.number = row.call, .arguments = {}, .data = as_bytes(scratch)};
    std::ranges::copy(row.arguments, attempt.arguments.begin());
    const auto payload = encode(attempt);
    const auto result = ask(session, {kCanary, 1, payload, file});
    if (const auto* outcome = std::get_if<Outcome>(&result)) {
        return std::string(name(outcome->failure)) + " " + outcome->detail;
    }
    const auto value = static_cast<std::int64_t>(number(std::get<std::string>(result)));
    return value < 0 && value > -4096 ? ::strerrorname_np(static_cast<int>(-value)) : "works";
}

std::vector<Row> allowed() {
    constexpr int anonymous = MAP_PRIVATE | MAP_ANONYMOUS;
    constexpr int both = PROT_READ | PROT_WRITE;
    std::vector<Row> rows = {
        {SYS_recvmsg, {5, 0, MSG_CMSG_CLOEXEC}, EFAULT},
        {SYS_recvmsg, {kHigh | 5, 0, MSG_CMSG_CLOEXEC}, EFAULT},  // the kernel sees 5, so do we
        {SYS_write, {5, data, 0}},
        {SYS_write, {2, data, 0}},
        {SYS_writev, {2, data, 0}},
        {SYS_pread64, {input, data, 1}},
        {SYS_mmap, {0, 4096, PROT_READ, MAP_PRIVATE, input}},
        {SYS_mmap, {0, 4096, PROT_READ, MAP_PRIVATE | MAP_POPULATE | MAP_NORESERVE, input}},
        {SYS_mmap, {0, 4096, both, anonymous, -1}},
        {SYS_mmap, {0, 4096, both, anonymous | MAP_POPULATE | MAP_NORESERVE, -1}},
        {SYS_mmap, {0, 4096, PROT_NONE, anonymous, -1}},
        {SYS_munmap, {1, 1}, EINVAL},
        {SYS_brk, {0}},
        {SYS_mremap, {1, 1, 1, MREMAP_MAYMOVE}, EINVAL},
        {SYS_futex, {data, FUTEX_WAKE, 1}},
        {SYS_futex, {data, FUTEX_WAKE_PRIVATE, 1}},
        {SYS_clock_gettime, {CLOCK_REALTIME, data}},
        {SYS_clock_gettime, {CLOCK_BOOTTIME, data}},
        {SYS_getrandom, {data, 1, 0}},
        {SYS_getrandom, {data, 1, GRND_NONBLOCK | GRND_RANDOM}},
        {SYS_close, {6}},
        {SYS_close, {kHigh | 6}},
        {SYS_close, {7}, EBADF},
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
    for (const int fd : {8, 15, 16, 31, 32, 63, 64, 127, 128, 255, 256, 511}) {
        rows.push_back({SYS_close, {fd}, EBADF});
    }
    return rows;
}

std::vector<Row> forbidden() {
    constexpr int anonymous = MAP_PRIVATE | MAP_ANONYMOUS;
    constexpr int both = PROT_READ | PROT_WRITE;
    std::vector<Row> rows = {
        {SYS_read, {5, data, 0}},
        {SYS_recvmsg, {6, 0, MSG_CMSG_CLOEXEC}},
        {SYS_recvmsg, {5, 0, 0}},
        {SYS_recvmsg, {5, 0, MSG_CMSG_CLOEXEC | MSG_DONTWAIT}},
        {SYS_write, {0, data, 0}},
        {SYS_write, {1, data, 0}},
        {SYS_write, {3, data, 0}},
        {SYS_write, {4, data, 0}},
        {SYS_write, {input, data, 0}},
        {SYS_writev, {5, data, 0}},
        {SYS_writev, {input, data, 0}},
        {SYS_mmap, {0, 4096, both, MAP_PRIVATE, input}},
        {SYS_mmap, {0, 4096, PROT_READ, MAP_SHARED, input}},
        {SYS_mmap, {0, 4096, PROT_READ, MAP_PRIVATE | MAP_FIXED, input}},
        {SYS_mmap, {0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, input}},
        {SYS_mmap, {0, 4096, PROT_READ | kHigh, MAP_PRIVATE, input}},
        {SYS_mmap, {0, 4096, both | PROT_EXEC, anonymous, -1}},
        {SYS_mmap, {0, 4096, both | kHigh, anonymous, -1}},
        {SYS_mmap, {0, 4096, both, MAP_SHARED | MAP_ANONYMOUS, -1}},
        {SYS_mmap, {0, 4096, both, anonymous | MAP_FIXED, -1}},
        {SYS_mmap, {0, 4096, both, anonymous | MAP_GROWSDOWN, -1}},
        {SYS_mmap, {0, 4096, both, anonymous | MAP_LOCKED, -1}},
        {SYS_mmap, {0, 4096, both, anonymous | MAP_HUGETLB, -1}},
        {SYS_mmap, {0, 4096, both, static_cast<long>(kHigh) | anonymous, -1}},
        {SYS_mmap, {0, 4096, both, anonymous, 6}},
        {SYS_mmap, {0, 4096, both, anonymous, -1, 4096}},
        {SYS_mremap, {1, 1, 1, 0}},
        {SYS_mremap, {1, 1, 1, MREMAP_MAYMOVE | MREMAP_FIXED}},
        {SYS_mremap, {1, 1, 1, MREMAP_MAYMOVE | 4}},
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
    };
    for (const int advice : {MADV_NORMAL, MADV_FREE, MADV_REMOVE, MADV_DONTFORK, MADV_MERGEABLE,
                             MADV_HWPOISON, MADV_WIPEONFORK}) {
        rows.push_back({SYS_madvise, {0, 0, advice}});
    }
    for (int fd = 0; fd < 6; ++fd) rows.push_back({SYS_close, {fd}});
    return rows;
}

std::string context(const Row& row) {
    std::string text = call_name(static_cast<std::uint32_t>(row.call));
    for (const Argument& argument : row.arguments) text += " " + std::to_string(argument.value);
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(policy)

BOOST_AUTO_TEST_CASE(what_the_table_allows_is_done) {
    const Descriptor file = file_of("x");
    for (const Row& row : allowed()) {
        Session session = start();
        const std::string expected = row.result == 0 ? "works" : ::strerrorname_np(row.result);
        BOOST_TEST_CONTEXT(context(row)) {
            BOOST_TEST(attempt(session, row, file.get()) == expected);
        }
    }
}

BOOST_AUTO_TEST_CASE(what_is_next_to_it_is_denied) {
    const Descriptor file = file_of("x");
    for (const Row& row : forbidden()) {
        Session session = start();
        BOOST_TEST_CONTEXT(context(row)) {
            BOOST_TEST(attempt(session, row, file.get()) ==
                       "denied_syscall " + call_name(static_cast<std::uint32_t>(row.call)));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
