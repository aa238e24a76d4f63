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
    /// False: the tier that was asked for does without this layer.
    bool needed = true;

    bool failed() const { return needed && !ok; }
};

struct Check {
    Isolation isolation;
    std::vector<CheckRow> rows;

    bool failed() const;
};

/// Tries everything, against the whole lock and against single layers alone; some milliseconds for
/// each row. If no worker can be started there is one row that says why.
Check check(const Options& options);

}  // namespace pratique::sandbox
