// MXNet's parameters: arrays one after the other, and their names behind them.
//
//   u64 0x112 | u64 0 | u64 n, n arrays | u64 m, m times: u64 length, name
//
//   array := u32 F993FAC9, FACA: i32 kind 0 (dense); FAC8: without
//            | shape | i32 device, i32 number | i32 type | elements
//   shape := u32 dimensions, then i64 each; none: nothing else follows
//
// Little-endian. Source: apache/mxnet, src/ndarray/ndarray.cc, NDArray::Save.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace pratique::mxnet {

bool recognise(Bytes bytes);

/// Where the names end. Errors: truncated, bad_magic, unsupported (sparse arrays, element types
/// that are not known, arrays before 2017), limit_rank, negative_length, overflow, size_mismatch
/// (as many names as arrays, or none). Thread-safe.
Result<std::uint64_t> measure(Bytes bytes);

}  // namespace pratique::mxnet
