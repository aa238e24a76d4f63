// A control group (cgroup v2) of the worker's own, in a folder that the user has been given
// ("delegated"). The worker limits itself; this is the same said by the kernel from outside, for
// the whole process: page tables, socket buffers and all. It also knows why a process was killed.
//
//     FOLDER/                       Options::cgroup
//       pratique-0123456789abcdef/  one per worker, removed with it
//         memory.max                memory_bytes + kGroupSlack
//         memory.swap.max           0
//         pids.max                  1
//
// Only limits whose files are there are set and reported: the kernel shows them where FOLDER hands
// the controllers `memory` and `pids` on (cgroup.subtree_control). Source: the kernel's
// Documentation/admin-guide/cgroup-v2.rst. What the process took before it was put here (its
// program, some 100 KiB) stays counted where it was started.
#pragma once

#include <sys/types.h>

#include <string>
#include <variant>

#include "base/descriptor.h"
#include "base/limits.h"
#include "sandbox/isolation.h"
#include "sandbox/outcome.h"

namespace pratique::sandbox {

/// On top of the private memory that the worker allows itself (RLIMIT_DATA, which is reached
/// first and ends with a clear word): page tables, of private memory and of 100 GiB of mapped
/// input that was read through, the socket's buffers, the program. Cached pages of inputs count
/// too, but the kernel takes these back before it kills.
inline constexpr std::uint64_t kGroupSlack = 256 * kMiB;

class Group {
public:
    /// A new group in `folder`. Errors: sandbox_unavailable, with the step and its errno, when
    /// anything but a missing controller is in the way.
    static std::variant<Group, Outcome> make(const std::string& folder, std::uint64_t memory_bytes);

    Group(Group&&) noexcept = default;
    Group& operator=(Group&&) = delete;
    /// Kills what is left in it and removes it. Waits up to a second for the dead to leave.
    ~Group();

    /// Puts a child of this process in, which must do nothing yet that the limits are meant for.
    /// One that has ended already is no error: its session says why. Errors: as of make().
    Outcome add(pid_t pid, int pidfd);

    const GroupLimits& limits() const { return limits_; }
    /// True if a process of this group was killed for want of memory: by the limit here, by one
    /// further up, or by the whole system's. The kernel's word.
    bool ran_out_of_memory() const;

private:
    Group() = default;

    Descriptor folder_;
    Descriptor group_;
    std::string name_;
    GroupLimits limits_;
    /// False while it is not certain that all that is in the group is ours to kill.
    bool ours_ = true;
};

}  // namespace pratique::sandbox
