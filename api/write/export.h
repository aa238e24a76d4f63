// A loaded model into a file of another format: the plan, the writer of the format, and the file
// that appears when all is written.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/load.h"
#include "api/write/plan.h"

namespace pratique::api {

enum class Target : std::uint8_t { safetensors, npz, gguf };

/// By the extension of the name: ".safetensors", ".npz", ".gguf".
std::optional<Target> target_of(std::string_view path);

struct ExportOptions {
    Target target = Target::safetensors;
    PlanOptions plan;
    bool raw_bits = false;
    /// A regular file of that name is replaced.
    bool replace = false;
    /// The caller's, who may give up (base/cancel.h): then there is no file.
    int cancel = -1;
};

struct Exported {
    std::string failure;             ///< why there is no file, safe to print; empty: there is one
    std::vector<std::string> notes;  ///< what the file does not say as the model did; safe to print
    std::size_t tensors = 0;
    std::uint64_t bytes = 0;  ///< of the file
};

/// Needs memory for names and metadata, and a few MiB, whatever the size of the tensors. A model of
/// which nothing could be written is a failure, unless it has no tensors at all.
Exported export_model(const LoadedModel& model, const std::string& path,
                      const ExportOptions& options);

}  // namespace pratique::api
