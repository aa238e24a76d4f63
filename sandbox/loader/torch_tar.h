// torch.save() of PyTorch 0.1: a tar of four members, each a run of pickles and raw numbers.
//
//     sys_info   pickle({little_endian, protocol_version, type_sizes})
//     storages   pickle(count) { pickle((key, location, class)) | numel i64 | elements }…
//                pickle([(key, root key, offset, numel), …])             views of storages
//     tensors    pickle(count) { pickle((key, storage key, class)) | dimensions i32, 4 unused |
//                sizes i64… | strides i64… | offset i64 }…
//     pickle     the object; persistent ids are keys of tensors or storages
//
// Source: torch/serialization.py, legacy_load in _legacy_load.
#pragma once

#include "formats/archive/tar.h"
#include "sandbox/loader/load.h"

namespace pratique::loader {

/// True if the archive has the four members.
bool is_torch_tar(const tar::Archive& archive);

/// Errors: bad_header, duplicate_key, missing_record, view_out_of_bounds, trailing_bytes, and those
/// of the pickles.
Status load_torch_tar(Load& load, Bytes file, const tar::Archive& archive);

}  // namespace pratique::loader
