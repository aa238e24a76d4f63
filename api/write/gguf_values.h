// The key-value part of a GGUF file.
#pragma once

#include "api/write/plan.h"
#include "base/wire.h"

namespace pratique::api {

/// Appends the values of the plan and returns how many they are.
std::uint64_t put_gguf_values(const Plan& plan, WireWriter& out);

/// A GGUF string: a length of 64 bits and the bytes.
void put_gguf_text(WireWriter& out, std::string_view text);

}  // namespace pratique::api
