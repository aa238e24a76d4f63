// The requests that the test worker knows.
#pragma once

#include <cstdint>

namespace worker_test {

enum Kind : std::uint32_t {
    kEcho = 0x100,
    kRead,
    kMap,
    kSum,
    kReport,
    kDescriptor,
    kTwoParts,
    kOpen,
    kSocket,
    kExec,
    kPtrace,
    kMapExec,
    kStop,
    kBusy,
    kAllocate,
    kSegfault,
    kAbort,
    kThrow,
    kOverflow,
    kGarbage,
    kWrongId,
    kEarlyDone,
    kHalfFrame,
    kExit,
    kExitCode,
    kFlood,
    kComplain,
    kX32,
    kInt80Getpid,
    kInt80Execve,
    kVsyscall,
    kFill,
};

// Started with an argument it says, by its exit status, who it is.
inline constexpr int kOrdinary = 40;
inline constexpr int kRoot = 41;

}  // namespace worker_test
