// Giving up: a descriptor of the caller's, mostly an eventfd, from which something can be read, and
// stays to be read, once nobody wants the answer any more. A signal handler can see to that, and
// whoever waits for other descriptors can wait for this one too. Who moves many bytes asks between
// pieces of them: of at least some 100 KiB, beside which a system call costs nothing, and of no
// more than some MiB, so that a person does not notice the wait.
#pragma once

#include <poll.h>

namespace pratique {

/// Of a descriptor that nobody set (-1), never.
inline bool is_cancelled(int cancel) {
    pollfd event{cancel, POLLIN, 0};
    return cancel >= 0 && ::poll(&event, 1, 0) > 0;
}

}  // namespace pratique
