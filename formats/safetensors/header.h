// The JSON of a safetensors header as it passes: entries are taken up without a tree in between,
// for a header of a large model has tens of thousands of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "formats/safetensors/safetensors.h"

namespace pratique::safetensors {

std::optional<Dtype> dtype_named(std::string_view wanted);

/// Reads the entries of `header`, whose artifact offset is `base`, into `out.tensors` (in the order
/// of the text), `out.metadata` and the count of unknown fields. Errors: those of read() that are
/// about single entries.
Status read_entries(std::string_view header, std::uint64_t base, Header& out);

}  // namespace pratique::safetensors
