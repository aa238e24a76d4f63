// Opening what is going to be scanned: once, for reading, regular files only. The descriptor is
// the file from then on; its path is never opened again.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>

#include "sandbox/descriptor.h"
#include "scanner/report.h"

namespace pratique::api {

/// What tells that a file was changed, as the kernel reports it.
struct Stamp {
    std::uint64_t device = 0, inode = 0, size = 0;
    std::int64_t modified_s = 0, modified_ns = 0, changed_s = 0, changed_ns = 0;

    friend bool operator==(const Stamp&, const Stamp&) = default;
};

std::optional<Stamp> stamp(int fd);

struct Opened {
    sandbox::Descriptor fd;
    Stamp stamp;
    /// Why it was not opened.
    std::optional<scanner::Gap> gap;
};

/// The last part of the path may be no link. Never blocks on a FIFO or a device.
Opened open_file(const std::string& path);
/// All of standard input, in memory that nobody else can change; more than `most` bytes are a gap.
Opened open_standard_input(std::uint64_t most);

/// Lower-case hexadecimal SHA-256 of a file, read from its start; empty if it cannot be read.
std::string digest_of(int fd);

}  // namespace pratique::api
