// What chunks went through on their way into the file, undone. Filters are named by number; those
// that HDF5 would look for in shared libraries on the reader's disk are refused, all of them.
//
//   1      deflate      a zlib stream                      RFC 1950
//   2      shuffle      all first bytes of the elements, then all second ones, …
//   3      fletcher32   the bytes and their checksum
//   32000  lzf          h5py's; literal runs and references up to 8 KiB back (LibLZF)
#pragma once

#include <vector>

#include "formats/archive/codec.h"
#include "formats/hdf5/dataset.h"

namespace pratique::hdf5 {

/// The bytes of a chunk: its own, or a piece of the file where there was nothing to undo. Not
/// copied, since `bytes` may point into `memory`; a move leaves it where it is.
struct Unfiltered {
    Unfiltered() = default;
    Unfiltered(const Unfiltered&) = delete;
    Unfiltered& operator=(const Unfiltered&) = delete;
    Unfiltered(Unfiltered&&) = default;
    Unfiltered& operator=(Unfiltered&&) = default;
    ~Unfiltered() = default;

    Bytes bytes;
    std::vector<std::byte> memory;
};

/// Whether all filters are known. Errors: unsupported, at the filter that is not.
Status check_filters(const std::vector<Filter>& filters);

/// Undoes the filters from the last to the first, but for those whose bit is set in `skipped`.
/// `offset` is that of the stored bytes. Errors: size_mismatch (anything but `bytes` bytes come
/// out), bad_checksum, bad_compression, unsupported, truncated, limit_bytes, limit_ratio.
Result<Unfiltered> unfilter(Bytes stored, const std::vector<Filter>& filters, std::uint32_t skipped,
                            std::uint64_t bytes, std::uint64_t offset,
                            const archive::InflateLimits& limits);

}  // namespace pratique::hdf5
