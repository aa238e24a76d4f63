// Streams as files: what comes out of a pipe or a socket exists once, and is read once, into memory
// that is sealed behind it. Everything after that works on the sealed copy.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "api/sealed.h"

namespace pratique::api {

struct SpoolOptions {
    /// Bytes; one more is the gap `limit`.
    std::uint64_t most = 0;
    /// For all of it, from its opening to its end; then the gap `timed-out`. Without one it may
    /// take for ever, as a person who types does.
    std::optional<std::chrono::milliseconds> patience = {};
    /// What it is called in a gap: "standard input", "the pipe".
    std::string_view what;
    /// The caller's, who may give up (base/cancel.h): then a gap that nobody reads.
    int cancel = -1;
};

/// All bytes of `fd` up to its end, sealed, as a descriptor for reading. `fd` may block or not,
/// and its flags stay as they are.
DescriptorOrGap spool(int fd, const SpoolOptions& options);

}  // namespace pratique::api
