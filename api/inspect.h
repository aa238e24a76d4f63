// What a model file holds, for people and for programs: its tensors, who wrote it, and what it
// needs to be used.
#pragma once

#include <string>
#include <vector>

#include "api/load.h"

namespace pratique::api {

struct InspectOptions {
    /// SHA-256 of the file and of each tensor, which reads all of them.
    bool digest = false;
    /// All values that are no tensors, too.
    bool structure = false;
    std::size_t width = 80;  ///< columns, of the table
    /// The caller's, who may give up (base/cancel.h), and will not read the error.
    int cancel = -1;
};

/// {"schema_version", "file", "format", "tensors": […], "metadata": {…}}; see docs/inspect.md.
/// Errors: those of the digests.
Result<std::string> inspect_json(const LoadedModel& model, const std::string& path,
                                 const InspectOptions& options);
/// A table, every text escaped.
Result<std::string> inspect_text(const LoadedModel& model, const std::string& path,
                                 const InspectOptions& options);

}  // namespace pratique::api
