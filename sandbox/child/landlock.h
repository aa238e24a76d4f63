// Landlock without rules: no file can be opened, whatever the filter says. The numbers are our
// own, as the headers of the system that builds may be older than the kernel that runs.
#pragma once

#include <cstdint>

namespace pratique::sandbox::child {

/// Handles every right that both this file and the kernel know, and allows none. Needs
/// no_new_privs. 0 with the kernel's ABI in `abi`, or an errno (ENOSYS: not built in,
/// EOPNOTSUPP: not enabled).
int restrict_files(std::uint32_t& abi);

}  // namespace pratique::sandbox::child
