// A child process, known by its pidfd: the number can be used again by another process, the
// descriptor cannot. What the host does with SIGCHLD, or with wait() in some other thread, may
// cost the exit status on older kernels but never hangs or hits a stranger.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/descriptor.h"
#include "sandbox/outcome.h"

namespace pratique::sandbox {

/// How it ended. Both 0: exit(0). `known` is false when someone else took the status.
struct Ending {
    bool known = false;
    int code = 0;
    int signal = 0;
    Usage usage = {};
};

/// The cause of an end that nobody announced. A worker that was not done, and left with status 0,
/// closed early.
Outcome cause(const Ending& ending);

class Process {
public:
    Process() = default;
    Process(pid_t pid, Descriptor pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}
    Process(Process&&) = default;
    /// Kills and reaps what still runs.
    ~Process();

    pid_t pid() const { return pid_; }
    /// Readable once the process has ended.
    int descriptor() const { return pidfd_.get(); }
    bool alive() const;

    void kill();
    /// Waits for the end, at most `patience`, and reaps. Nothing: it still runs.
    std::optional<Ending> wait(std::chrono::milliseconds patience);

private:
    pid_t pid_ = -1;
    Descriptor pidfd_;
    std::optional<Ending> ending_;
};

}  // namespace pratique::sandbox
