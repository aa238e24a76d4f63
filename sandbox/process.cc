#include "sandbox/process.h"

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>

#include "sandbox/protocol.h"

namespace pratique::sandbox {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kWaitPidfd = 3;  // P_PIDFD, Linux 5.4
// The time a killed process gets to leave the kernel; only a very busy system or
// broken storage holds it longer.
constexpr std::chrono::seconds kDying{60};

// linux/pidfd.h, Linux 6.13 (exit status: 6.15)
struct PidfdInfo {
    std::uint64_t mask = 1U << 3;  // PIDFD_INFO_EXIT
    std::uint64_t cgroup = 0;
    std::uint32_t ids[11] = {};
    std::int32_t status = 0;
};
static_assert(sizeof(PidfdInfo) == 64);

/// The status of a process that someone else has reaped, where the kernel still tells it.
Ending ending_of_reaped(int pidfd) {
    Ending ending;
    PidfdInfo info;
    const auto request = _IOWR(0xFF, 11, PidfdInfo);
    if (::ioctl(pidfd, request, &info) != 0 || (info.mask & (1U << 3)) == 0) return ending;
    ending.known = true;
    ending.code = WIFEXITED(info.status) ? WEXITSTATUS(info.status) : 0;
    ending.signal = WIFSIGNALED(info.status) ? WTERMSIG(info.status) : 0;
    return ending;
}

std::chrono::microseconds duration(const timeval& time) {
    return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

Ending reap(int pidfd) {
    siginfo_t info{};
    rusage usage{};
    long result = 0;
    do {
        result = ::syscall(SYS_waitid, kWaitPidfd, pidfd, &info, WEXITED, &usage);
    } while (result != 0 && errno == EINTR);
    if (result != 0) return ending_of_reaped(pidfd);
    Ending ending;
    ending.known = true;
    // siginfo_t's fields and rusage's are members of unions behind their names.
    // NOLINTBEGIN(cppcoreguidelines-pro-type-union-access)
    (info.si_code == CLD_EXITED ? ending.code : ending.signal) = info.si_status;
    ending.usage = {duration(usage.ru_utime), duration(usage.ru_stime),
                    static_cast<std::uint64_t>(usage.ru_maxrss) * 1024};
    // NOLINTEND(cppcoreguidelines-pro-type-union-access)
    return ending;
}

std::string signal_text(int number) {
    const char* abbreviation = ::sigabbrev_np(number);
    return abbreviation == nullptr ? "signal " + std::to_string(number)
                                   : "SIG" + std::string(abbreviation);
}

}  // namespace

Outcome cause(const Ending& ending) {
    if (!ending.known) return {.failure = Failure::crashed, .detail = "exit status was taken"};
    switch (ending.signal) {
        case 0: break;
        case SIGXCPU: return {.failure = Failure::timeout, .detail = "CPU time"};
        case SIGXFSZ: return {.failure = Failure::output_cap, .detail = "bytes given back"};
        case SIGSYS:
            return {.failure = Failure::denied_syscall, .detail = "another architecture's call"};
        case SIGKILL: return {.failure = Failure::killed, .signal = SIGKILL};
        default:
            return {.failure = Failure::crashed,
                    .signal = ending.signal,
                    .detail = signal_text(ending.signal)};
    }
    switch (ending.code) {
        case kExitAborted:
            return {.failure = Failure::crashed, .signal = SIGABRT, .detail = "SIGABRT"};
        case kExitExhausted: return {.failure = Failure::out_of_memory};
        case kExitDenied: return {.failure = Failure::denied_syscall};
        default:
            return {.failure = Failure::closed_early,
                    .detail = "exit status " + std::to_string(ending.code)};
    }
}

Process::~Process() {
    if (!pidfd_ || ending_) return;
    kill();
    wait(kDying);
}

bool Process::alive() const {
    pollfd ended{pidfd_.get(), POLLIN, 0};
    return pidfd_ && !ending_ && ::poll(&ended, 1, 0) == 0;
}

void Process::kill() {
    if (pidfd_ && !ending_) {
        ::syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGKILL, nullptr, 0);
    }
}

std::optional<Ending> Process::wait(std::chrono::milliseconds patience) {
    const auto deadline = Clock::now() + patience;
    while (pidfd_ && !ending_) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
        pollfd ended{pidfd_.get(), POLLIN, 0};
        const int ready = ::poll(&ended, 1, left > 0 ? static_cast<int>(left) : 0);
        if (ready > 0) ending_ = reap(pidfd_.get());
        if (ready == 0 || (ready < 0 && errno != EINTR)) break;
    }
    return ending_;
}

}  // namespace pratique::sandbox
