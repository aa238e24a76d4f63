// FlexBuffers, as far as operators of TensorFlow inside of TFLite models need them: the texts of a
// vector. A value is written behind what it holds, so that the file is read from its end.
//
//   … | root, of W bytes | its type: kind << 2 | log2 of the width of what it holds | W
//   a vector in it: distance back to its elements; in front of them their number, behind them a
//   type for each; a text the same, of bytes
//
// Source: flatbuffers.dev, "FlexBuffers"; flatbuffers/flexbuffers.h.
#pragma once

#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace pratique::flatbuffers {

/// The texts and blobs among the elements of the vector that `bytes` are, in order; at most 64
/// elements are looked at. Errors: truncated, out_of_bounds, bad_header (no vector, a width that
/// there is not). Thread-safe.
Result<std::vector<std::string_view>> read_flex_texts(Bytes bytes);

}  // namespace pratique::flatbuffers
