// The folder of a cache: entries that are there whole or not at all, read without following links,
// and the oldest of them taken away. Every call is relative to the open folder, whose path is not
// looked at again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace pratique::api::cache {

/// What a file of this size takes: whole blocks.
std::uint64_t on_disk(std::uint64_t size);

/// Nothing if there is none, or it is no regular file of the user's, or larger than `most`.
std::optional<std::vector<std::byte>> read_entry(int folder, const std::string& name,
                                                 std::size_t most);

/// Under a temporary name first. False if that failed, as errno says; without `replace` also if
/// there is one already (EEXIST).
bool write_entry(int folder, const std::string& name, Bytes content, bool replace);

/// Of all entries, as on_disk().
std::uint64_t bytes_in(int folder);

/// Removes entries, the oldest first, until at most `most` bytes are left, and temporary ones that
/// somebody left behind; never the one called `kept`. Returns what is left.
std::uint64_t remove_oldest(int folder, std::uint64_t most, const std::string& kept);

}  // namespace pratique::api::cache
