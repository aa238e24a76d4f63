// Where the worker program is. It is never searched for: the path stands in the program, in a
// section of its own, and installing writes the installed worker's there (cmake/install.cmake).
#pragma once

#include <string>

namespace pratique::api {

/// Absolute path of the worker that belongs to this program or library.
std::string worker_path();

}  // namespace pratique::api
