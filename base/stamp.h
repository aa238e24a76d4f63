// What tells that an open file was written to: its size and its times, as the kernel reports them,
// before and after. A change through a mapping may show late, and one within a tick of an old
// kernel's clock not at all: it is a check against accidents, and weaker than a copy.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>

namespace pratique {

struct Stamp {
    std::uint64_t device = 0, inode = 0, size = 0;
    std::int64_t modified_s = 0, modified_ns = 0, changed_s = 0, changed_ns = 0;

    friend bool operator==(const Stamp&, const Stamp&) = default;
};

/// Of a file of any kind.
Stamp stamp_of(const struct stat& info);

/// Nothing if it is no regular file.
std::optional<Stamp> stamp(int fd);

/// True if bytes can be read from `size` on. A size may be wrong without any change: that of a file
/// in /proc is zero.
bool has_more_than(int fd, std::uint64_t size);

}  // namespace pratique
