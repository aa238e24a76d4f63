// The lock: everything that the worker gives up before it reads its first untrusted byte, in an
// order in which no step needs what an earlier one took away. Each step that can be tried is
// tried: the layer counts only if the kernel then says no.
#pragma once

#include <functional>

#include "sandbox/protocol.h"

namespace pratique::sandbox::child {

/// Locks this process, which must have one thread, and says what holds. `warm_up` runs as the
/// last step before the system call filter. A step that `config.min_tier` needs and that fails
/// ends the process through refuse().
/// Steps that `config.layers` leaves out are missing with ECANCELED. The filter of a `single` still
/// lets its input in, until seal().
Isolation lock_down(const Config& config, const std::function<void()>& warm_up);

/// Takes away what only arming needed. 0, or an errno.
int seal(Profile profile);

}  // namespace pratique::sandbox::child
