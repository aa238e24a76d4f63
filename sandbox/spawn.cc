#include "sandbox/spawn.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>

#include "sandbox/protocol.h"

namespace pratique::sandbox {
namespace {

constexpr unsigned kCloseOnExec = 4;  // CLOSE_RANGE_CLOEXEC, Linux 5.11

/// Lives in memory that parent and child share until the exec.
struct Job {
    Places places;
    pid_t parent = -1;
    Spawned result;
    bool finished = false;
};

/// The child, on a stack of its own but in the memory of its parent, which stands still until
/// the exec. All signals are blocked: a handler would run here, on the host's data. Calls the
/// kernel and nothing else. It never returns, so AddressSanitizer would find the stack that the
/// next child gets as this one left it.
[[gnu::no_sanitize_address]] int child(void* argument) {
    Job& job = *static_cast<Job*>(argument);
    const Places& from = job.places;
    const auto give_up = [&job](const char* step) {
        job.result.step = step;
        job.result.error = errno;
        ::_exit(127);
    };
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) give_up("parent-death signal");
    if (::getppid() != job.parent) ::_exit(127);  // it died before the signal was asked for
    struct Move {
        int from, to;
    };
    for (const Move& move : {Move{from.null, STDIN_FILENO}, Move{from.null, STDOUT_FILENO},
                             Move{from.errors, kErrors}, Move{from.progress, kProgress},
                             Move{from.null, kReserved}, Move{from.control, kControl}}) {
        if (::dup2(move.from, move.to) < 0) give_up("descriptors");
    }
    if (::syscall(SYS_close_range, kFirstInput, ~0U, kCloseOnExec) != 0) give_up("close_range");
    std::array<char, 16> name{"pratique-worker"};
    std::array<char*, 2> arguments{name.data(), nullptr};
    std::array<char*, 1> environment{nullptr};
    ::syscall(SYS_execveat, from.program, "", arguments.data(), environment.data(), AT_EMPTY_PATH);
    give_up("exec");
    return 127;
}

/// A thread that does nothing but start workers. The parent-death signal follows the *thread*
/// that started the worker, so this one lives as long as the process.
class Starter {
public:
    Starter() : owner_(::getpid()) {}

    /// The starter of this process; after a fork, a new one.
    static Starter& instance() {
        static std::atomic<Starter*> current;
        Starter* found = current.load();
        while (found == nullptr || found->owner_ != ::getpid()) {
            auto* fresh = new Starter;
            if (current.compare_exchange_strong(found, fresh)) return *fresh;
            delete fresh;
        }
        return *found;
    }

    Spawned run(const Places& places) {
        std::unique_lock lock(mutex_);
        if (!running_) {
            try {
                std::thread([this] { work(); }).detach();
            } catch (const std::system_error& error) {
                return {.pid = -1, .pidfd = {}, .step = "thread", .error = error.code().value()};
            }
            running_ = true;
        }
        changed_.wait(lock, [this] { return job_ == nullptr; });
        Job job{.places = places, .parent = owner_, .result = {}};
        job_ = &job;
        changed_.notify_all();
        changed_.wait(lock, [&job] { return job.finished; });
        return std::move(job.result);
    }

private:
    void work() {
        block_signals();
        std::unique_lock lock(mutex_);
        for (;;) {
            changed_.wait(lock, [this] { return job_ != nullptr; });
            start(*job_);
            job_->finished = true;
            job_ = nullptr;
            changed_.notify_all();
        }
    }

    /// Those of libc's own use too, which pthread_sigmask leaves open.
    static void block_signals() {
        const std::uint64_t all = ~std::uint64_t{0};
        ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, nullptr, sizeof(all));
    }

    void start(Job& job) {
        int pidfd = -1;
        const pid_t pid = ::clone(child, stack_.data() + stack_.size(),
                                  CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &job, &pidfd);
        if (pid < 0) {
            job.result.step = "clone";
            job.result.error = errno;
            return;
        }
        job.result.pid = pid;
        job.result.pidfd.reset(pidfd);
    }

    const pid_t owner_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool running_ = false;
    Job* job_ = nullptr;
    alignas(16) std::array<std::byte, 64 * kKiB> stack_{};
};

}  // namespace

Spawned spawn(const Places& places) { return Starter::instance().run(places); }

}  // namespace pratique::sandbox
