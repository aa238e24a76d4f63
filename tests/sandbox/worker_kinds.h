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
};

}  // namespace worker_test
