// Opening what is going to be scanned: once, for reading. The descriptor is the file from then on,
// and its path is never opened again. What exists only once, as a pipe does, is read to its end
// first. Here, and nowhere else, it is decided what ties the verdict to the bytes.
#pragma once

#include <chrono>
#include <optional>

#include "api/binding.h"
#include "api/files.h"
#include "api/snapshot.h"

namespace pratique::api {

struct OpenOptions {
    /// Bytes of standard input or of a pipe; more are the gap `limit`.
    std::uint64_t most_spooled = 4 * kGiB;
    /// How long a pipe may take to its end. Standard input may take as long as it likes.
    std::chrono::milliseconds patience{60'000};
    /// Copy files, and look at the copies.
    std::optional<SnapshotOptions> snapshot = {};
    /// Hash files that are not copied, too.
    bool digest = false;
    /// The caller's, who may give up (base/cancel.h): then a gap that nobody reads.
    int cancel = -1;
};

struct Opened {
    Descriptor fd;  // a regular file; cannot write
    Stamp stamp;
    Binding binding = Binding::weak;
    std::string verity;                 // "sha256:…" of fs-verity, whatever the binding
    std::string sha256;                 // lower-case hexadecimal; empty if it was not asked for
    std::vector<std::uint32_t> blocks;  // checksums of a copy; empty if they were not asked for
    /// Why it was not opened.
    std::optional<scanner::Gap> gap;
};

/// Opens what find_files() found. Waits for nothing but a pipe that the user named, and standard
/// input. Thread-safe, but what can be read only once is opened only once (find_files() sees to
/// that). Throws only std::bad_alloc.
Opened open_input(const FoundFile& file, const OpenOptions& options);

/// The same of a descriptor, which stays the caller's; its offset is neither used nor moved.
Opened open_descriptor(int fd, const OpenOptions& options);

}  // namespace pratique::api
