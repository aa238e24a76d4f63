// How strongly a worker is locked down, as it is stated in every report. A layer is listed as
// missing with the error that the kernel gave; nothing is inferred from a version number.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace pratique::sandbox {

/// What a worker is for. Each has a system call filter of its own (sandbox/policy/table.h).
enum class Profile : std::uint8_t {
    stream,  ///< many files of one author, one after the other
    single,  ///< one file, once; may give back bytes in memory that the parent made
};

/// none < basic (seccomp alone) < strong (and Landlock) < full (every layer below, namespaces too).
enum class Tier : std::uint8_t { none, basic, strong, full };

/// How a forbidden system call comes to be known. It is never made, whichever it is.
enum class Seccomp : std::uint8_t {
    none,    ///< there is no filter
    trap,    ///< the worker says which call it was, as its last word
    notify,  ///< the kernel tells the parent
};

// The steps of the lock-down, in the order in which they are taken: name, the lowest tier that
// cannot do without, and what it stops.
#define PRATIQUE_LAYERS(X)                                                                      \
    X(setup, none, "the descriptors and the configuration that the worker starts from")         \
    X(session, none, "a controlling terminal, a working directory, loose file permissions")     \
    X(descriptors, none, "descriptors that the parent did not mean to pass")                    \
    X(mdwe, full, "memory that becomes executable after it was writable")                       \
    X(identity, full, "the files and processes of root, when the parent is root")               \
    X(namespaces, full, "seeing the host's files, network, names and shared memory at all")     \
    X(capabilities, none, "the powers of root, when the parent is root")                        \
    X(parent_death, none, "a worker that outlives its parent")                                  \
    X(dumpable, none, "other processes of the same user looking into the worker")               \
    X(limits, none, "memory, CPU time, files and processes without end")                        \
    X(no_new_privs, none, "privileges gained by running another program")                       \
    X(landlock, strong, "opening, creating or renaming files; TCP; signals to other processes") \
    X(warm_up, none, "set-up work that needs more system calls than parsing does")              \
    X(seccomp, none, "every system call that parsing does not need")

enum class Layer : std::uint8_t {
#define PRATIQUE_LAYER(name, tier, stops) name,
    PRATIQUE_LAYERS(PRATIQUE_LAYER)
#undef PRATIQUE_LAYER
};

namespace internal {
inline constexpr auto kLayerNames = std::to_array<std::string_view>({
#define PRATIQUE_LAYER(name, tier, stops) #name,
    PRATIQUE_LAYERS(PRATIQUE_LAYER)
#undef PRATIQUE_LAYER
});
inline constexpr auto kNeededFrom = std::to_array<Tier>({
#define PRATIQUE_LAYER(name, tier, stops) Tier::tier,
    PRATIQUE_LAYERS(PRATIQUE_LAYER)
#undef PRATIQUE_LAYER
});
}  // namespace internal

inline constexpr std::size_t kLayers = internal::kLayerNames.size();

constexpr std::string_view name(Layer layer) {
    return internal::kLayerNames.at(static_cast<std::size_t>(layer));
}

/// The lowest tier that cannot do without.
constexpr Tier needed_from(Layer layer) {
    return internal::kNeededFrom.at(static_cast<std::size_t>(layer));
}

constexpr std::string_view name(Tier tier) {
    return std::to_array<std::string_view>({"none", "basic", "strong", "full"})
        .at(static_cast<std::size_t>(tier));
}

constexpr std::string_view name(Profile profile) {
    return std::to_array<std::string_view>({"stream", "single"})
        .at(static_cast<std::size_t>(profile));
}

constexpr std::string_view name(Seccomp seccomp) {
    return std::to_array<std::string_view>({"none", "trap", "notify"})
        .at(static_cast<std::size_t>(seccomp));
}

/// A set of layers.
class Layers {
public:
    constexpr Layers() = default;
    constexpr Layers(std::initializer_list<Layer> layers) {
        for (const Layer layer : layers) bits_ |= bit(layer);
    }
    static constexpr Layers all() { return from_bits((1U << kLayers) - 1); }
    static constexpr Layers from_bits(std::uint32_t bits) {
        Layers layers;
        layers.bits_ = bits;
        return layers;
    }
    constexpr bool has(Layer layer) const { return (bits_ & bit(layer)) != 0; }
    constexpr std::uint32_t bits() const { return bits_; }

    friend constexpr bool operator==(Layers, Layers) = default;

private:
    static constexpr std::uint32_t bit(Layer layer) { return 1U << static_cast<unsigned>(layer); }

    std::uint32_t bits_ = 0;
};

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
    Seccomp seccomp = Seccomp::none;
    bool no_new_privs = false;
    bool caps_dropped = false;
    bool mdwe = false;
    bool namespaces = false;
    std::uint32_t landlock_abi = 0;  ///< 0: no Landlock
    std::vector<Missing> missing;
    /// The parent's doing, not in the worker's hello. Nothing unless Options::cgroup was given.
    GroupLimits group = {};

    Tier tier() const {
        if (seccomp == Seccomp::none || !no_new_privs || !caps_dropped) return Tier::none;
        if (landlock_abi == 0) return Tier::basic;
        return namespaces && mdwe && missing.empty() ? Tier::full : Tier::strong;
    }
};

}  // namespace pratique::sandbox
