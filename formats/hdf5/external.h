// Elements that are not in the file: datasets whose raw data lies in other files, and virtual ones,
// put together from datasets of other files. A reader that follows them opens whatever is named.
//
//   external files   01 000 | slots u16 | used u16 | heap of names O | { name L, offset L, bytes L
//   }* virtual layout   version | 3 | collection O | index u32      of an object in the global
//   heap:
//                    version | entries L | { file NUL dataset NUL selection selection }* | checksum
//   selection        kind u32: none, points, hyperslab, all | version u32 | as kind and version say
//
// Source: HDF5 File Format Specification 3.0, III.H.1, IV.A.2.h and i, VII.B; selections as HDF5
// 1.14 writes them (H5Sselect.c).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "formats/hdf5/object.h"

namespace pratique::hdf5 {

/// Elements in another file.
struct ExternalFile {
    std::string_view name;     ///< as the file spells it; "." in a virtual dataset: this file
    std::string_view dataset;  ///< of a virtual dataset: which one in there
    std::uint64_t begin = 0;   ///< of raw data: where in that file
    std::uint64_t bytes = 0;   ///< of raw data; kNoAddress: up to the end
    std::uint64_t offset = 0;  ///< of what says so, in the artifact
};

/// The files of a message of type external_files. Errors: those of read_local_heap(),
/// unsupported (versions), truncated, limit_members.
Result<std::vector<ExternalFile>> read_external_files(File& file, const Message& message);

/// True if the layout message is that of a virtual dataset.
bool is_virtual(const Message& layout);

/// The sources of a virtual dataset. Errors: those of read_global_object(), unsupported (versions,
/// kinds of selections), truncated, overflow, limit_members.
Result<std::vector<ExternalFile>> read_virtual_sources(File& file, const Message& layout);

}  // namespace pratique::hdf5
