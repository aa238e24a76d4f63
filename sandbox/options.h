// What the caller chooses about a worker.
#pragma once

#include <chrono>
#include <string>

#include "base/limits.h"
#include "sandbox/isolation.h"
#include "sandbox/outcome.h"

namespace pratique::sandbox {

struct Options {
    Profile profile = Profile::stream;
    /// Absolute path of the worker program. Never searched for.
    std::string worker = {};
    Tier min_tier = Tier::strong;
    /// Private writable memory of the worker.
    std::uint64_t memory_bytes = 4 * kGiB;
    /// Room for inputs that it maps, on top of that. Only address space, no memory.
    std::uint64_t mapping_bytes = 1024 * kGiB;
    /// `single`: the most that it may give back.
    std::uint64_t output_bytes = 1024 * kGiB;
    /// Absolute path of a folder of cgroup2 in which this process may make groups and put
    /// processes ("delegated"): each worker gets one of its own. Empty: none. A folder that cannot
    /// be used is sandbox_unavailable; a controller that is not there is left out of
    /// Isolation::group.
    std::string cgroup = {};
    /// CPU time of the worker, all requests together.
    std::uint32_t cpu_seconds = 600;
    /// How long the parent waits, each time, from one answered request to the next.
    std::chrono::milliseconds request_timeout{60'000};
    /// How long it waits for a locked worker: a millisecond, unless the system is very busy.
    std::chrono::milliseconds start_timeout{60'000};
    /// As in base/cancel.h: once the caller gave up, workers are killed, none is started, and
    /// sessions end as `cancelled`. -1: none.
    int cancel = -1;
    /// For canaries: the steps of the lock-down that are taken. A worker that leaves one out
    /// answers nothing but canaries (sandbox/check.h); it is given nothing to parse.
    Layers canary_layers = Layers::all();
};

}  // namespace pratique::sandbox
