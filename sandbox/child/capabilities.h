// The powers of root, given up for good. They matter when the parent is root, as in containers.
#pragma once

namespace pratique::sandbox::child {

/// Makes what is permitted effective again, after a change of user took it away. 0, or an errno.
int regain_capabilities();

/// Empties the effective, permitted, inheritable and ambient sets, and, when it may, the
/// bounding set; then reads them back. 0, or an errno.
int drop_capabilities();

}  // namespace pratique::sandbox::child
