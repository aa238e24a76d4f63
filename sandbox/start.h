// Starts the worker program without forking the host: the host may have many threads (their locks
// would stay locked in a copy), much memory (copying its page tables takes longer than all the
// rest) and secrets (a parser has no business with them).
#pragma once

#include <optional>
#include <variant>

#include "sandbox/cgroup.h"
#include "sandbox/options.h"
#include "sandbox/process.h"

namespace pratique::sandbox {

/// A worker that has been started and not yet heard of.
struct Worker {
    std::optional<Group> group;  ///< before the process, so that it goes after it
    Process process;
    Descriptor control;   ///< stream socket
    Descriptor errors;    ///< its stderr, non-blocking
    Descriptor progress;  ///< memfd of 8 bytes, the request that it works on
};

/// Errors: helper_missing, setup_failed; sandbox_unavailable if its control group cannot be had.
/// Thread-safe. The process does not depend on the thread that calls this; it dies with the host.
std::variant<Worker, Outcome> start_worker(const Options& options);

}  // namespace pratique::sandbox
