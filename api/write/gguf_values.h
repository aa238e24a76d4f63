// The key-value part of a GGUF file.
#pragma once

#include "api/tensor_digest.h"
#include "api/write/plan.h"
#include "base/wire.h"

namespace pratique::api {

struct GgufValues {
    WireWriter bytes;
    std::uint64_t count = 0;
    std::uint64_t alignment = 32;  ///< of the tensors, as the values say
    /// Keys whose values could not be kept; as they are.
    std::vector<std::string> lost;
};

/// Those of a GGUF file byte by byte, where the model says in which bytes they lie (metadata:
/// values, values_offset, values_bytes, alignment); else those of the tree with the usual types.
/// Then the plan's own: of other formats texts under "general.".
GgufValues gguf_values(const Plan& plan, const SourceOf& source);

/// A GGUF string: a length of 64 bits and the bytes.
void put_gguf_text(WireWriter& out, std::string_view text);

}  // namespace pratique::api
