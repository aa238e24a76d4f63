#include "sandbox/child/landlock.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>

namespace pratique::sandbox::child {
namespace {

// linux/landlock.h; the kernel accepts a shorter struct from an older caller.
struct Ruleset {
    std::uint64_t files = 0;
    std::uint64_t net = 0;
    std::uint64_t scoped = 0;
};

constexpr std::uint32_t kAskVersion = 1;

struct Step {
    std::uint32_t abi;
    Ruleset adds;
};

constexpr std::uint64_t bit(unsigned number) { return std::uint64_t{1} << number; }

constexpr auto kSteps = std::to_array<Step>({
    {1, {.files = bit(13) - 1}},                // Linux 5.13: read, write, execute, make, remove
    {2, {.files = bit(13)}},                    // 5.19: link and rename across folders
    {3, {.files = bit(14)}},                    // 6.2: truncate
    {4, {.files = 0, .net = bit(0) | bit(1)}},  // 6.7: bind and connect TCP
    {5, {.files = bit(15)}},                    // 6.10: ioctl on devices
    {6, {.files = 0, .net = 0, .scoped = bit(0) | bit(1)}},  // 6.12: abstract sockets, signals
    {9, {.files = bit(16)}},                                 // 7.1: connect to named sockets
});

std::size_t size_for(std::uint32_t abi) {
    if (abi < 4) return offsetof(Ruleset, net);
    return abi < 6 ? offsetof(Ruleset, scoped) : sizeof(Ruleset);
}

}  // namespace

int restrict_files(std::uint32_t& abi) {
    const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, kAskVersion);
    if (version < 1) return version == 0 ? ENOSYS : errno;
    abi = static_cast<std::uint32_t>(version);
    Ruleset rules;
    for (const Step& step : kSteps) {
        if (step.abi > abi) continue;
        rules.files |= step.adds.files;
        rules.net |= step.adds.net;
        rules.scoped |= step.adds.scoped;
    }
    const long set = ::syscall(SYS_landlock_create_ruleset, &rules, size_for(abi), 0);
    if (set < 0) return errno;
    const long done = ::syscall(SYS_landlock_restrict_self, set, 0);
    const int error = done < 0 ? errno : 0;
    ::close(static_cast<int>(set));
    return error;
}

}  // namespace pratique::sandbox::child
