// clone, exec, and what must happen between them.
#pragma once

#include <sys/types.h>

#include "base/descriptor.h"

namespace pratique::sandbox {

/// Descriptors that become the worker's. All are 10 or above, so that none is overwritten while
/// they are put in their places.
struct Places {
    int program = -1;  ///< O_PATH
    int null = -1;
    int errors = -1;
    int progress = -1;
    int control = -1;
};

struct Spawned {
    pid_t pid = -1;
    Descriptor pidfd;
    const char* step = nullptr;  ///< what failed, or null
    int error = 0;
};

/// Runs the program with these descriptors, an empty environment and a parent-death signal. Takes
/// turns with other threads; about a millisecond. On failure no process is left behind, but a
/// pidfd may come back for the one that ended.
Spawned spawn(const Places& places);

}  // namespace pratique::sandbox
