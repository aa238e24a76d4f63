// A copy of an opened file that stays as it is, whatever happens to the file: what was hashed is
// what is scanned and what is loaded. Small ones are sealed memory; large ones are files on disk
// that have no name, shared with the original where the file system can do that (a reflink).
//
//      the file ──pread──► block ──pwrite──► copy ──seal──► read-only descriptor
//                            └──► SHA-256, in a thread of its own; without it, large
//                                files are copied by several threads
//
// Its size and times are compared before and after: a file that was written to meanwhile gives no
// snapshot, as a mixture of two versions is none of them.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "api/binding.h"
#include "base/descriptor.h"
#include "base/limits.h"
#include "scanner/report.h"

namespace pratique::api {

struct SnapshotOptions {
    /// Bytes; what is larger, or larger than half of the machine's memory, goes to disk.
    std::uint64_t most_in_memory = 4 * kGiB;
    /// Where that is; empty for the system's folder for temporary files.
    std::string folder = {};
    /// Hash it as well.
    bool digest = true;
    /// CRC-32 of its blocks as well (sandbox/loader/block_checksums.h): for who loads the copy.
    bool checksums = false;
};

struct Snapshot {
    enum class Place : std::uint8_t { memory, disk, clone };

    Descriptor fd;       // cannot write
    Stamp stamp;         // of the copy
    std::string sha256;  // lower-case hexadecimal; empty if it was not asked for
    Place place{};
    std::vector<std::uint32_t> blocks;  // empty if not asked for, or not read
};

/// Copies a regular file from its start to the size that it has now; its offset is neither used nor
/// moved. Gaps:
///   changed       it was written to, cut or lengthened meanwhile
///   special_file  no regular file, or its size is not that of its contents (as in /proc)
///   unreadable    an error of the system, also a folder that takes no files
///   limit         no room on the disk, or for a file of this process
/// and that of a caller who gave up (base/cancel.h), which nobody reads.
/// Thread-safe. Throws only std::bad_alloc.
std::variant<Snapshot, scanner::Gap> take_snapshot(int fd, const SnapshotOptions& options,
                                                   int cancel = -1);

}  // namespace pratique::api
