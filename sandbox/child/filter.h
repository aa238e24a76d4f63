// The system call filters, compiled when the project is built (sandbox/policy).
#pragma once

#include <linux/filter.h>

#include <span>

namespace pratique::sandbox::child {

/// A profile: the filter that tells the parent of a denied call, the same that traps instead, and
/// the seal that goes on top of either.
struct Filters {
    std::span<const sock_filter> notify, trap, seal;
};

extern const Filters kStream;
extern const Filters kSingle;

}  // namespace pratique::sandbox::child
