// What became of a worker, in words for people; safe to print.
#pragma once

#include <string>

#include "sandbox/outcome.h"

namespace pratique::api {

/// "the worker made a system call that parsing never needs: openat (signal 31): detail".
std::string words(const sandbox::Outcome& outcome);

}  // namespace pratique::api
