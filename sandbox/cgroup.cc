#include "sandbox/cgroup.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/checked.h"
#include "base/text.h"

namespace pratique::sandbox {
namespace {

constexpr int kOpenFolder = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
// A dead process may stay in its group for a moment after its parent has reaped it.
constexpr int kRemovalTries = 500;
constexpr int kRetryMilliseconds = 2;

Outcome unavailable(const std::string& why) {
    return {.failure = Failure::sandbox_unavailable, .detail = "control group: " + why};
}

Outcome unavailable(std::string_view step, int error) {
    return unavailable(std::string(step) + ": " + escape(std::strerror(error)));
}

/// 0 or an errno. Each file takes its value in one write.
int put(const Descriptor& folder, const char* file, const std::string& value) {
    const Descriptor out(::openat(folder.get(), file, O_WRONLY | O_CLOEXEC));
    if (!out) return errno;
    const ssize_t count = ::write(out.get(), value.data(), value.size());
    return count == static_cast<ssize_t>(value.size()) ? 0 : count < 0 ? errno : EIO;
}

/// The start of the file, which the kernel's are short enough for; empty if there is none.
std::string get(const Descriptor& folder, const char* file) {
    const Descriptor in(::openat(folder.get(), file, O_RDONLY | O_CLOEXEC));
    std::array<char, 1024> buffer{};
    const ssize_t count = in ? ::read(in.get(), buffer.data(), buffer.size()) : 0;
    return {buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
}

/// Sets a limit if the kernel offers it here. 0 with the answer in `there`, or an errno.
int limit(const Descriptor& group, const char* file, const std::string& value, bool& there) {
    const int error = put(group, file, value);
    there = error == 0;
    return error == ENOENT ? 0 : error;
}

/// 64 random bits in hexadecimal; empty if the system has none to give.
std::string random_name() {
    std::array<std::byte, 8> random{};
    const ssize_t count = ::getrandom(random.data(), random.size(), GRND_NONBLOCK);
    return count == static_cast<ssize_t>(random.size()) ? hex(random) : "";
}

}  // namespace

std::variant<Group, Outcome> Group::make(const std::string& folder, std::uint64_t memory_bytes) {
    if (!folder.starts_with('/')) return unavailable("not an absolute path");
    Group made;
    made.folder_.reset(::open(folder.c_str(), kOpenFolder));
    if (!made.folder_) return unavailable("open " + escape(folder), errno);
    struct statfs system {};
    if (::fstatfs(made.folder_.get(), &system) != 0) return unavailable("statfs", errno);
    if (system.f_type != CGROUP2_SUPER_MAGIC) {
        return unavailable(escape(folder) + " is no folder of cgroup2");
    }
    // Refused where the folder holds processes itself, or lacks one of the two; what there is then
    // is seen below. In one write: `pids` alone would be taken where the folder holds processes,
    // and make its groups threaded ones, which take no process.
    put(made.folder_, "cgroup.subtree_control", "+memory +pids");

    const std::string random = random_name();
    if (random.empty()) return unavailable("getrandom", errno);
    const std::string name = "pratique-" + random;
    if (::mkdirat(made.folder_.get(), name.c_str(), 0700) != 0) return unavailable("mkdir", errno);
    made.name_ = name;  // from here on there is something to remove
    made.group_.reset(::openat(made.folder_.get(), name.c_str(), kOpenFolder | O_NOFOLLOW));
    if (!made.group_) return unavailable("open", errno);

    GroupLimits& has = made.limits_;
    const std::string bytes = std::to_string(saturating_add(memory_bytes, kGroupSlack));
    if (const int error = limit(made.group_, "memory.max", bytes, has.memory)) {
        return unavailable("memory.max", error);
    }
    if (const int error = limit(made.group_, "memory.swap.max", "0", has.swap)) {
        return unavailable("memory.swap.max", error);
    }
    if (const int error = limit(made.group_, "pids.max", "1", has.processes)) {
        return unavailable("pids.max", error);
    }
    return made;
}

Group::~Group() {
    if (name_.empty() || !folder_) return;                 // moved from
    if (ours_ && group_) put(group_, "cgroup.kill", "1");  // Linux 5.14; the worker is dead anyway
    for (int tries = 0; tries < kRemovalTries; ++tries) {
        if (::unlinkat(folder_.get(), name_.c_str(), AT_REMOVEDIR) == 0 || errno != EBUSY) return;
        ::poll(nullptr, 0, kRetryMilliseconds);
    }
}

Outcome Group::add(pid_t pid, int pidfd) {
    ours_ = false;
    const int error = put(group_, "cgroup.procs", std::to_string(pid));
    // A number may be taken by another process once the host has reaped ours. That ours was
    // there afterwards says that it was the one that was moved.
    const bool lives = ::syscall(SYS_pidfd_send_signal, pidfd, 0, nullptr, 0) == 0;
    if (!lives) return {};
    if (error != 0) return unavailable("cgroup.procs", error);
    ours_ = true;
    return {};
}

bool Group::ran_out_of_memory() const {
    // Lines of a name and a number.
    const std::string events = "\n" + get(group_, "memory.events");
    constexpr std::string_view kKey = "\noom_kill ";
    const auto at = events.find(kKey);
    return at != std::string::npos && events.at(at + kKey.size()) != '0';
}

}  // namespace pratique::sandbox
