// How strongly a worker is locked down, as it is stated in every report. A layer is listed as
// missing with the error that the kernel gave; nothing is inferred from a version number.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace pratique::sandbox {

/// none < basic (seccomp alone) < strong (and Landlock) < full (and namespaces, not offered yet).
enum class Tier : std::uint8_t { none, basic, strong, full };

// The steps of the lock-down, in the order in which they are taken: name and what it stops.
#define PRATIQUE_LAYERS(X)                                                              \
    X(setup, "the descriptors and the configuration that the worker starts from")       \
    X(parent_death, "a worker that outlives its parent")                                \
    X(session, "a controlling terminal, a working directory, loose file permissions")   \
    X(descriptors, "descriptors that the parent did not mean to pass")                  \
    X(mdwe, "memory that becomes executable after it was writable")                     \
    X(dumpable, "other processes of the same user looking into the worker")             \
    X(capabilities, "the powers of root, when the parent is root")                      \
    X(limits, "memory, CPU time, files and processes without end")                      \
    X(no_new_privs, "privileges gained by running another program")                     \
    X(landlock, "opening, creating or renaming files; TCP; signals to other processes") \
    X(warm_up, "set-up work that needs more system calls than parsing does")            \
    X(seccomp, "every system call that parsing does not need")

enum class Layer : std::uint8_t {
#define PRATIQUE_LAYER(name, stops) name,
    PRATIQUE_LAYERS(PRATIQUE_LAYER)
#undef PRATIQUE_LAYER
};

namespace internal {
inline constexpr auto kLayerNames = std::to_array<std::string_view>({
#define PRATIQUE_LAYER(name, stops) #name,
    PRATIQUE_LAYERS(PRATIQUE_LAYER)
#undef PRATIQUE_LAYER
});
}  // namespace internal

inline constexpr std::size_t kLayers = internal::kLayerNames.size();

constexpr std::string_view name(Layer layer) {
    return internal::kLayerNames.at(static_cast<std::size_t>(layer));
}

constexpr std::string_view name(Tier tier) {
    return std::to_array<std::string_view>({"none", "basic", "strong", "full"})
        .at(static_cast<std::size_t>(tier));
}

/// A layer that is not there, and the errno that says why.
struct Missing {
    Layer layer{};
    std::int32_t error = 0;
};

/// What the kernel holds the worker's control group to (see cgroup.h).
struct GroupLimits {
    bool memory = false;
    bool swap = false;
    bool processes = false;
};

struct Isolation {
    bool seccomp = false;
    bool no_new_privs = false;
    bool caps_dropped = false;
    bool mdwe = false;
    std::uint32_t landlock_abi = 0;  ///< 0: no Landlock
    std::vector<Missing> missing;
    /// The parent's doing, not in the worker's hello. Nothing unless Options::cgroup was given.
    GroupLimits group = {};

    Tier tier() const {
        if (!seccomp || !no_new_privs || !caps_dropped) return Tier::none;
        return landlock_abi == 0 ? Tier::basic : Tier::strong;
    }
};

}  // namespace pratique::sandbox
