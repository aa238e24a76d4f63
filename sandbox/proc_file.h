// Files that are no files.
#pragma once

#include <linux/magic.h>
#include <sys/vfs.h>

namespace pratique::sandbox {

/// A file of /proc is a view of a process: through a descriptor of its `mem` whoever reads sees
/// the memory of the one that opened it.
inline bool lies_in_proc(int fd) {
    struct statfs system {};
    return ::fstatfs(fd, &system) != 0 || system.f_type == PROC_SUPER_MAGIC;
}

}  // namespace pratique::sandbox
