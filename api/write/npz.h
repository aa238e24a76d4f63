// Writes what numpy.savez writes: a zip archive of .npy files, stored, each the same bytes as
// numpy.save gives. Data begins at multiples of 64 bytes of the whole file, so that it can be
// mapped; entries carry no times, so that the same tensors give the same archive.
//
//      local header   30 bytes, name, sizes of 64 bits if needed, padding (extra field 0xD935)
//      .npy           magic, version, header, elements
//      …
//      directory      one entry per member; that of zip64 behind it if anything needs 64 bits
//
// Sources: APPNOTE.TXT 6.3.10 (zip), numpy.lib.format (.npy).
#pragma once

#include "api/write/form.h"

namespace pratique::api {

/// Writes all of the plan but its metadata, for which the format has no place; does not commit the
/// file. Names that would leave the folder that an archive is extracted to are changed. Nothing is
/// written of a plan that the format cannot hold. `raw_bits`: see raw_form().
Written write_npz(const Plan& plan, const Sources& sources, bool raw_bits, TargetFile& file);

/// The .npy header of an array; its size is a multiple of 64. `descr` as numpy_descr() gives it.
std::string npy_header(const std::string& descr, std::span<const std::uint64_t> shape);

/// The name of a member without its ".npy".
std::string member_name(const std::string& name);

}  // namespace pratique::api
