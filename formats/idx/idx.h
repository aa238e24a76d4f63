// The MNIST data sets' format: one array of numbers.
//
//   0 0 | u8 type | u8 dimensions | u32 each | elements       big-endian
//   type := 08 u8, 09 i8, 0b i16, 0c i32, 0d f32, 0e f64
//
// Source: yann.lecun.com/exdb/mnist, "The IDX file format".
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace pratique::idx {

/// There is no magic to speak of: all of the bytes must be the array.
bool recognise(Bytes bytes);

/// Where the elements end. Errors: bad_header, truncated, overflow. Thread-safe.
Result<std::uint64_t> measure(Bytes bytes);

}  // namespace pratique::idx
