// Where the worker program is. It is never searched for: the path stands in the program, in a
// section of its own. It is written there when the program has been linked, and again, as that of
// the installed worker, when it is installed (cmake/worker_path.cmake).
#pragma once

#include <string>

namespace pratique::api {

/// Absolute path of the worker that belongs to this program or library. Empty: none was written.
std::string worker_path();

}  // namespace pratique::api
