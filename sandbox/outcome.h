// How a session, or the attempt to start one, came to its end. A worker that dies is never taken
// for one that had nothing to say: every way to die has a name.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sandbox/isolation.h"

namespace pratique::sandbox {

#define PRATIQUE_FAILURES(X)                                                             \
    X(none, "it ended as it should")                                                     \
    X(helper_missing, "the worker program is not there, or is no program to trust")      \
    X(sandbox_unavailable, "this system cannot isolate the worker as strongly as asked") \
    X(denied_syscall, "the worker made a system call that parsing never needs")          \
    X(crashed, "the worker crashed")                                                     \
    X(timeout, "the worker took longer than allowed")                                    \
    X(out_of_memory, "the worker needed more memory than allowed")                       \
    X(killed, "it was killed from outside, as also happens when memory runs out")        \
    X(output_cap, "the worker answered more than allowed")                               \
    X(protocol_violation, "the worker said what it may not say")                         \
    X(closed_early, "the worker ended before its work was done")                         \
    X(setup_failed, "the worker could not be set up")                                    \
    X(cancelled, "whoever wanted the answer wants it no more")

enum class Failure : std::uint8_t {
#define PRATIQUE_FAILURE(name, meaning) name,
    PRATIQUE_FAILURES(PRATIQUE_FAILURE)
#undef PRATIQUE_FAILURE
};

/// The stable spelling used in reports, and the sentence behind it.
std::string_view name(Failure failure);
std::string_view meaning(Failure failure);

/// "Operation not permitted": why a layer is missing, for people; safe to print.
std::string reason(const Missing& missing);

/// What a worker cost, known once it has ended.
struct Usage {
    std::chrono::microseconds user{};
    std::chrono::microseconds system{};
    std::uint64_t peak_bytes = 0;
};

struct Outcome {
    Failure failure = Failure::none;
    int signal = 0;           ///< crashed: the signal, where it is known
    int syscall = -1;         ///< denied_syscall: the number, where it is known; the worker's word
    std::string detail = {};  ///< for people; safe to print
    /// The request that was being worked on. The worker's word, but always one that was unanswered.
    std::optional<std::uint64_t> request = {};

    bool ok() const { return failure == Failure::none; }
};

}  // namespace pratique::sandbox
