// One question to a worker that loads or scans one file, and everything that it answers. What comes
// back was said by a process that the file may have taken over: it has the right form, and nothing
// else is known of it.
#pragma once

#include <optional>
#include <vector>

#include "api/load.h"
#include "sandbox/loader/wire.h"
#include "sandbox/output.h"
#include "scanner/report.h"

namespace pratique::api {

/// What a worker said about one file.
struct LoaderAnswer {
    scanner::FileReport report;
    std::vector<std::byte> table;  ///< as it was sent
    /// What the table says; nothing if it cannot be understood.
    std::optional<loader::Loaded> loaded;
    std::optional<loader::Failed> failed;
    sandbox::Isolation isolation;
    std::optional<sandbox::Output> output;  ///< complete, and still to be sealed
};

/// Starts a worker, asks it about the file `fd`, and waits for its end. Thread-safe.
sandbox::Outcome ask_loader(const loader::Request& request, int fd, const LoadOptions& options,
                            LoaderAnswer& answer);

}  // namespace pratique::api
