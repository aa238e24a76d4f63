// torch.save() since 1.6, and TorchScript: a zip of a pickle and one member per storage.
//
//     <root>/data.pkl        the object; persistent ids name storages by their key
//     <root>/data/<key>      raw bytes of one storage, stored and aligned to 64
//     <root>/byteorder       "little" or "big"; absent before 2.1: little
//     <root>/version         or .data/version since 6: a decimal number, 1 to 10
//     <root>/constants.pkl   TorchScript, with its storages in constants/<key>; code/ is not read
//
// <root> is the first component of the first entry's name. Archives that were zipped again may be
// deflated and unaligned. Source: torch/serialization.py, caffe2/serialize/inline_container.cc.
#pragma once

#include "sandbox/loader/zip_members.h"

namespace pratique::loader {

/// True if some member is <root>/data.pkl.
bool is_torch_zip(const ZipMembers& members);

/// Errors: bad_number and unsupported (version), bad_header (byteorder), bad_name (key),
/// missing_record, size_mismatch, trailing_bytes, and those of zip members and of the pickle.
Status load_torch_zip(Load& load, ZipMembers& members);

}  // namespace pratique::loader
