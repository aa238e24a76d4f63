// torch.save() before 1.6, and still with _use_new_zipfile_serialization=False: five pickles, then
// the bytes of the storages.
//
//     LONG1 0x1950a86a20f9469cfc6c | 1001 | {little_endian, protocol_version, type_sizes}
//     the object | [key, key, …]
//     for each key:  i64 number of elements | elements
//
//   persistent ids   ('storage', class, key, location, numel, (view key, offset, numel) or None)
//                    ('module', class, file, source)     a class and its source text: kept as text
//
// Source: torch/serialization.py, _legacy_save and _legacy_load.
#pragma once

#include "sandbox/loader/pickle/values.h"

namespace pratique::loader {

/// What the pickle {"little_endian": …}, in this stream and in the tar, says. Errors: bad_header
/// (it is none of torch's).
Result<bool> is_big_endian(const Graph& system);

/// Errors: unsupported (version), bad_header (the third pickle), missing_record and conflict
/// (keys), size_mismatch, view_out_of_bounds, trailing_bytes, and those of the pickles.
Status load_torch_legacy(Load& load, Bytes stream);

}  // namespace pratique::loader
