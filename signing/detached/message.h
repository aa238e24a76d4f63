// The file that a detached signature is over: its digest, or all of it where the signature is of
// the old kind that has none.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "signing/refusal.h"

namespace pratique::signing {

enum class MessageDigest : std::uint8_t { blake2b, sha256, sha512 };

/// Of an open file from its start. Refusals: unreadable; unstable_file if it was written to
/// meanwhile.
Judged<std::vector<std::byte>> digest_message(int fd, MessageDigest digest);

/// All bytes of an open file. Refusals: as above; too_large for more than `most`.
Judged<std::vector<std::byte>> read_message(int fd, std::uint64_t most);

}  // namespace pratique::signing
