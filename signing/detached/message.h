// The file that a detached signature is over: its digest, or all of it where the signature is of
// the old kind that has none.
#pragma once

#include <cstdint>
#include <vector>

#include "signing/files/hash.h"

namespace pratique::signing {

/// Of an open file from its start. Refusals: those of hash_file().
Judged<std::vector<std::byte>> digest_message(int fd, HashAlgorithm algorithm, int cancel);

/// All bytes of an open file. Refusals: special_file, unreadable; unstable_file if it was written
/// to meanwhile; too_large for more than `most`.
Judged<std::vector<std::byte>> read_message(int fd, std::uint64_t most);

}  // namespace pratique::signing
