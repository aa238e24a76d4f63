#include "sandbox/child/lockdown.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "sandbox/child/capabilities.h"
#include "sandbox/child/filter.h"
#include "sandbox/child/identity.h"
#include "sandbox/child/landlock.h"
#include "sandbox/child/last_words.h"
#include "sandbox/child/namespaces.h"
#include "sandbox/child/outbox.h"

namespace pratique::sandbox::child {
namespace {

// Linux 6.3; not in the headers of older systems.
constexpr int kSetMdwe = 65;
constexpr unsigned long kRefuseExecGain = 1;

struct State {
    const Config& config;
    const std::function<void()>& warm_up;
    Isolation isolation;
};

int failed(long result) { return result < 0 ? errno : 0; }

int session(State&) {
    // Dispositions and the mask were inherited; a parent that ignores or blocks signals must not
    // keep limits (SIGXCPU, SIGXFSZ) or the filter (SIGSYS) from ending this process.
    for (int number = 1; number < 32; ++number) {
        if (number == SIGKILL || number == SIGSTOP) continue;
        if (::signal(number, SIG_DFL) == SIG_ERR) return errno;
    }
    sigset_t none;
    ::sigemptyset(&none);
    if (const int error = failed(::sigprocmask(SIG_SETMASK, &none, nullptr))) return error;
    ::umask(077);
    if (const int error = failed(::setsid())) return error;
    return failed(::chdir("/"));
}

int descriptors(State& state) {
    // A `single` gets its input and output there.
    if (state.config.profile == Profile::single) {
        if (const int error = failed(::syscall(SYS_close_range, kInput, kOutput, 0))) return error;
        return failed(::syscall(SYS_close_range, kControl + 1, ~0U, 0));
    }
    // 3 and 4 stay taken, or descriptors that come with requests would get these numbers.
    if (const int error = failed(::dup2(STDIN_FILENO, kProgress))) return error;
    if (const int error = failed(::dup2(STDIN_FILENO, kReserved))) return error;
    return failed(::syscall(SYS_close_range, kFirstInput, ~0U, 0));
}

int mdwe(State& state) {
    if (const int error = failed(::prctl(kSetMdwe, kRefuseExecGain, 0, 0, 0))) return error;
    state.isolation.mdwe = true;
    return 0;
}

int dumpable(State&) { return failed(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)); }

int identity(State&) { return leave_root(); }

int namespaces(State& state) {
    if (const int error = leave_namespaces()) return error;
    state.isolation.namespaces = true;
    return 0;
}

/// The signal was chosen before this program started; a change of user or of user namespace
/// takes it back, so it is chosen again after the last one. The parent may have died in between.
int parent_death(State& state) {
    if (const int error = failed(::prctl(PR_SET_PDEATHSIG, SIGKILL))) return error;
    return ::getppid() == static_cast<pid_t>(state.config.parent) ? 0 : ESRCH;
}

int capabilities(State& state) {
    if (const int error = drop_capabilities()) return error;
    state.isolation.caps_dropped = true;
    return 0;
}

int limit(__rlimit_resource_t resource, rlim_t soft, rlim_t hard) {
    rlimit now{};
    if (const int error = failed(::getrlimit(resource, &now))) return error;
    hard = std::min(hard, now.rlim_max);
    const rlimit wanted{std::min(soft, hard), hard};
    return failed(::setrlimit(resource, &wanted));
}

int limits(State& state) {
    struct Row {
        __rlimit_resource_t resource;
        rlim_t soft, hard;
    };
    const Config& config = state.config;
    const rlim_t cpu = config.cpu_seconds;
    const bool single = config.profile == Profile::single;
    // Requests in flight, and the second batch that may arrive while the first is open.
    const rlim_t files = single ? kControl + 1 : kFirstInput + kWindow + kBatch;
    const rlim_t output = single ? config.output_bytes : 0;
    for (const Row& row : {
             Row{RLIMIT_DATA, config.memory_bytes, config.memory_bytes},
             Row{RLIMIT_AS, config.address_bytes, config.address_bytes},
             Row{RLIMIT_STACK, 8 * kMiB, 8 * kMiB},
             Row{RLIMIT_CPU, cpu, cpu + 1},
             Row{RLIMIT_FSIZE, output, output},
             Row{RLIMIT_CORE, 0, 0},
             Row{RLIMIT_NPROC, 0, 0},
             Row{RLIMIT_NOFILE, files, files},
             Row{RLIMIT_MEMLOCK, 0, 0},
             Row{RLIMIT_MSGQUEUE, 0, 0},
             Row{RLIMIT_SIGPENDING, 16, 16},
         }) {
        if (const int error = limit(row.resource, row.soft, row.hard)) return error;
    }
    return 0;
}

int no_new_privs(State& state) {
    if (const int error = failed(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))) return error;
    if (::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) return EPERM;
    state.isolation.no_new_privs = true;
    return 0;
}

int landlock(State& state) {
    std::uint32_t abi = 0;
    if (const int error = restrict_files(abi)) return error;
    // The attempt that counts: reading "/" is allowed to everyone, except under Landlock.
    const int root = ::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root >= 0) ::close(root);
    if (root >= 0 || errno != EACCES) return EPROTO;
    state.isolation.landlock_abi = abi;
    return 0;
}

int warm_up(State& state) {
    // One arena: no locks and no mprotect. Freed memory stays, for a page costs more to fault in
    // than to keep; large blocks still go back to the kernel.
    ::mallopt(M_ARENA_MAX, 1);
    ::mallopt(M_MMAP_THRESHOLD, 8 * 1024 * 1024);
    ::mallopt(M_TRIM_THRESHOLD, 32 * 1024 * 1024);
    ::mallopt(M_TOP_PAD, 256 * 1024);
    try {
        throw 0;  // the unwinder sets itself up
    } catch (int) {
    }
    std::array<std::uint64_t, 256> numbers{};  // from 1 KiB on qsort asks once for the RAM size
    std::qsort(numbers.data(), numbers.size(), sizeof(numbers[0]),
               [](const void*, const void*) { return 0; });
    if (state.warm_up) state.warm_up();
    return install_last_words();
}

/// The listener, or whatever the flags make of the result; negative on failure.
long install(std::span<const sock_filter> filter, unsigned flags) {
    // The kernel only reads it, but its structure does not say so.
    const sock_fprog program{static_cast<unsigned short>(filter.size()),
                             // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast)
                             const_cast<sock_filter*>(filter.data())};
    return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

const Filters& filters_of(Profile profile) {
    return profile == Profile::single ? kSingle : kStream;
}

/// The parent hears of denied calls from the kernel, if it can be had: not where a filter above
/// this one has a listener already (EBUSY), nor before Linux 5.0.
int seccomp(State& state) {
    const Filters& filters = filters_of(state.config.profile);
    const long listener = install(filters.notify, SECCOMP_FILTER_FLAG_NEW_LISTENER);
    if (listener < 0) {
        if (const int error = failed(install(filters.trap, 0))) return error;
    } else {
        if (const int error = hand_over(static_cast<int>(listener))) return error;
        ::close(static_cast<int>(listener));
    }
    // Without the filter the kernel would say EBADF.
    if (::ioctl(-1, 0) == 0 || errno != ENOTTY) return EPROTO;
    // A `single` waits for its input first.
    if (state.config.profile == Profile::stream) {
        if (const int error = seal(Profile::stream)) return error;
    }
    state.isolation.seccomp = listener < 0 ? Seccomp::trap : Seccomp::notify;
    return 0;
}

struct Step {
    Layer layer;
    int (*take)(State&);  ///< 0, or an errno
};

constexpr auto kSteps = std::to_array<Step>({
    {Layer::session, session},
    {Layer::descriptors, descriptors},
    {Layer::mdwe, mdwe},
    {Layer::identity, identity},
    {Layer::namespaces, namespaces},
    {Layer::capabilities, capabilities},
    {Layer::parent_death, parent_death},
    {Layer::dumpable, dumpable},
    {Layer::limits, limits},
    {Layer::no_new_privs, no_new_privs},
    {Layer::landlock, landlock},
    {Layer::warm_up, warm_up},
    {Layer::seccomp, seccomp},
});

}  // namespace

int seal(Profile profile) { return failed(install(filters_of(profile).seal, 0)); }

Isolation lock_down(const Config& config, const std::function<void()>& warm_up) {
    State state{config, warm_up, {}};
    for (const Step& step : kSteps) {
        const bool wanted = config.layers.has(step.layer);
        const int error = wanted ? step.take(state) : ECANCELED;
        if (error == 0) continue;
        if (wanted && config.min_tier >= needed_from(step.layer)) refuse(step.layer, error);
        state.isolation.missing.push_back({step.layer, error});
    }
    return state.isolation;
}

}  // namespace pratique::sandbox::child
