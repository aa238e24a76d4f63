// Another user than root. Without capabilities root still owns root's files and processes.
#pragma once

namespace pratique::sandbox::child {

/// If this is root: becomes a user and group that own nothing (65534) and keeps its capabilities
/// for the steps that follow; when these are dropped there is no way back. Else nothing. 0, or an
/// errno (EINVAL: no such user in this user namespace). Resets the parent-death signal.
int leave_root();

}  // namespace pratique::sandbox::child
