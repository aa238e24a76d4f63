// The system call filter, compiled when the project is built (sandbox/policy).
#pragma once

#include <linux/filter.h>

#include <span>

namespace pratique::sandbox::child {

extern const std::span<const sock_filter> kStreamFilter;

}  // namespace pratique::sandbox::child
