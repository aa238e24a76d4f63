// Writes the safetensors format: the bytes are those that the safetensors package writes for the
// same tensors and metadata.
//
//      u64   N, the size of the header
//      N     JSON: {"__metadata__":{…},"name":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}…}
//            and blanks up to a multiple of 8
//      …     the elements, one tensor behind the other, types of larger alignment first
//
// Source: safetensors 0.8, tensor.rs (prepare: order of types, padding of the header).
#pragma once

#include "api/write/form.h"

namespace pratique::api {

/// Writes all of the plan; does not commit the file. Nothing is written of a plan that the format
/// cannot hold. `raw_bits`: see raw_form().
Written write_safetensors(const Plan& plan, const Sources& sources, bool raw_bits,
                          TargetFile& file);

}  // namespace pratique::api
