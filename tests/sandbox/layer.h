// One layer of the lock at a time, with the others off: else one would hide that another does not
// work. Each attempt is made twice, with the layer alone and with none, so that it is seen to be
// the layer that stops it.
#pragma once

#include <functional>

#include "escape.h"
#include "other_user.h"

namespace escapes {

/// What a host has that a worker must not reach; its owner is who runs the test.
class Host {
public:
    Host();
    ~Host();
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;

    /// Puts back what an attempt without a layer may have changed.
    void restore() const;

    /// A path in a folder in which everyone may write, with "file", "folder/", "folder/file", which
    /// they may change too, and "private".
    std::string path(const std::string& name) const { return folder_ + "/" + name; }
    /// Addresses as connect() takes them; something listens on each.
    Value tcp() const;
    std::string abstract_socket() const;
    std::string named_socket() const;
    /// A key of System V shared memory that is there.
    int shared_memory_key() const { return key_; }

private:
    std::string folder_;
    std::uint16_t port_ = 0;
    int key_ = 0;
    int shared_memory_ = -1;
    std::vector<Descriptor> listening_;
};

enum class Who : std::uint8_t { anyone, root, others };

struct LayerRow {
    int number;  ///< of the list that starts with the escapes, 128 to 133
    std::string_view attempt;
    std::vector<Call> calls;
    Must must;               ///< with the layer alone
    Must without = works();  ///< with none; empty: not tried
    Who who = Who::anyone;
    unsigned since = 0;  ///< Landlock: the version that stops it first; before, as without
    /// Says of the memory that the last call wrote whether it is as it must be. Without the layer
    /// it must not be.
    std::function<bool(std::string_view)> holds = {};
};

using LayerRows = std::vector<LayerRow>;

LayerRows landlock_rows(const Host& host);
LayerRows limit_rows();
LayerRows namespace_rows(const Host& host);
LayerRows capability_rows(const Host& host);
/// Of another user than root, without root's powers.
LayerRows identity_rows(const Host& host);
/// Of the memory that an input is in; no layer at all.
LayerRows seal_rows();
/// Of the memory for the output; only what it takes to receive that.
LayerRows output_seal_rows();
/// `program`: a copy of the worker that runs as its owner, root.
LayerRows privilege_rows(const std::string& program);
LayerRows executable_memory_rows();

}  // namespace escapes
