// A request that asks the locked worker to try one system call, so that the parent can see what
// the lock does with it (`sandbox check`). It gives a parent nothing: whoever can write to the
// control socket started this process.
#pragma once

#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace pratique::sandbox::child {

/// Tries the call in `payload` (see sandbox/attempt.h); `fd` stands for the descriptor that came
/// with the request. The answer: what the kernel said, u64, a value or a negated errno; then
/// Attempt::data as it is after the call.
Result<std::vector<std::byte>> try_call(Bytes payload, int fd);

}  // namespace pratique::sandbox::child
