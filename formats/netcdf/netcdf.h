// netCDF's classic formats: a header of names and dimensions, then the variables' numbers.
//
//   'C' 'D' 'F' 1 | 2 | 5 | records | dimensions | attributes | variables
//
//   list      := u32 tag (10, 11, 12; 0 if empty), n, n entries
//   dimension := name, n (0: the records)      attribute := name, u32 type, n, n values
//   variable  := name, rank, dimensions' numbers, attributes, u32 type, size, begin
//   name      := n, n bytes; all is padded to four bytes
//
// Big-endian; numbers n are u32, of version 5 u64; `begin` is u32 in version 1, u64 in the others.
// Source: NetCDF User Guide, "The NetCDF Classic Format Specification".
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace pratique::netcdf {

bool recognise(Bytes bytes);

/// The end of the bytes: what follows the header is data. Errors: truncated, bad_header (tags,
/// types), overflow, limit_rank,
/// out_of_bounds (a variable that begins behind the file, or before its header ends). Thread-safe.
Result<std::uint64_t> measure(Bytes bytes);

}  // namespace pratique::netcdf
