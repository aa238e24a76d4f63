// A view of the system with nothing in it: no files but an empty root, no network, no names, no
// shared memory of others. Made with the powers of root where they are there, else in a user
// namespace of its own.
#pragma once

namespace pratique::sandbox::child {

/// Leaves the network, IPC, UTS and mount namespaces of the host and makes an empty, read-only
/// root. Then "/" holds no entry. 0, or an errno: of unshare (EPERM, ENOSPC: not allowed here) or
/// of a mount (EPERM, EACCES: as AppArmor and container profiles do it). May reset the
/// parent-death signal and the dumpable flag. A failure half-way leaves more shut, never less.
int leave_namespaces();

}  // namespace pratique::sandbox::child
