// Deaths that can say what they are. Each writes the replies that are finished, then one frame,
// and exits with a code of its own; whatever else kills the worker, the parent sees by its signal.
#pragma once

#include "sandbox/isolation.h"

namespace pratique::sandbox::child {

/// Reports a forbidden system call (SIGSYS, on a stack of its own) and memory that runs out
/// (operator new); abort() needs no installing. 0, or an errno.
int install_last_words();

/// A required step failed: says which and why, and exits. Nothing untrusted has been read.
[[noreturn]] void refuse(Layer layer, int error);

}  // namespace pratique::sandbox::child
