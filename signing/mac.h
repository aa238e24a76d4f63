// What the program wrote for itself, told from what somebody else put in its place: HMAC-SHA-256
// (RFC 2104) by libsodium, under a key that only the user can read.
#pragma once

#include <array>

#include "base/bytes.h"
#include "signing/keys/secret.h"

namespace pratique::signing {

using Tag = std::array<std::byte, 32>;

/// Of `name` and `content`; what is one of them is never taken for the other.
Tag tag_of(const Secret& key, Bytes name, Bytes content);

/// Takes as long whether they are equal or not.
bool equal(const Tag& a, Bytes b);

/// 32 bytes that nobody can guess.
Secret random_key();

}  // namespace pratique::signing
