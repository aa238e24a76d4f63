// A request that asks the locked worker to try system calls, so that the parent can see what
// the lock does with it (`sandbox check`). It gives a parent nothing: whoever can write to the
// control socket started this process.
#pragma once

#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace pratique::sandbox::child {

/// Tries the calls in `payload` (see sandbox/attempt.h); `fd` stands for the descriptor that came
/// with the request. The answer: what the kernel said of the last one that was tried, i64, a value
/// or a negated errno; then its Attempt::data as it is after the call.
Result<std::vector<std::byte>> try_calls(Bytes payload, int fd);

}  // namespace pratique::sandbox::child
