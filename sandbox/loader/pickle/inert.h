// The values of a pickle as inert data: containers, numbers, text, and for everything that Python
// would have to import or call a node that says what it would have been.
#pragma once

#include "sandbox/loader/pickle/names.h"

namespace pratique::loader {

/// Puts what `root` leads to into the tree and returns its root there. Shared values are one node,
/// whatever leads to them. Errors: those of nested files.
Result<TreeId> add_inert(Load& load, Ref root, const RefTable& tensors);

}  // namespace pratique::loader
