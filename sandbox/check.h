// `sandbox check`: what the lock does, found out by trying. Each attempt runs in a worker of its
// own, as most of them are its last.
#pragma once

#include <string>
#include <vector>

#include "sandbox/options.h"

namespace pratique::sandbox {

struct CheckRow {
    std::string layer;     ///< what is meant to stop it
    std::string attempt;   ///< "connect to the network"
    std::string expected;  ///< "denied socket", "EACCES", "works"
    std::string got;
    bool ok = false;
};

/// Tries everything; some milliseconds for each row. If no worker can be started there is one row
/// that says why.
std::vector<CheckRow> check(const Options& options);

}  // namespace pratique::sandbox
