// Memory with a descriptor, which can be sealed and passed on.
#pragma once

#include <cstdint>

#include "base/descriptor.h"

namespace pratique::sandbox {

/// Empty, close-on-exec, to be sealed; never executable on kernels that can forbid it (Linux 6.3).
/// Without one: errno says why.
Descriptor make_memory_file(const char* name);

/// Gives it its size; false with errno. The host's limit of file sizes counts here too, and whoever
/// exceeds that gets a signal that ends the process: it is kept from arriving, for this thread.
bool resize(int fd, std::uint64_t size);

}  // namespace pratique::sandbox
