// A request that asks the locked worker to try one system call, so that the parent can see what
// the lock does with it (`sandbox check`). It gives a parent nothing: whoever can write to the
// control socket started this process.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace pratique::sandbox::child {

/// Tries the call in `payload` (written by sandbox/check.cc); `fd` stands for the descriptor
/// that came with the request. The result is that of the kernel: a value, or a negated errno.
Result<std::int64_t> try_call(Bytes payload, int fd);

}  // namespace pratique::sandbox::child
