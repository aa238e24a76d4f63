// Secret keys of minisign: one line of base64 below a comment.
//
//      untrusted comment: <anything>
//      base64( "Ed" ‖ kdf[2] ‖ "B2" ‖ salt[32] ‖ opslimit[8] ‖ memlimit[8] ‖
//              ( number[8] ‖ seed[32] ‖ public key[32] ‖ checksum[32] ) xor stream )
//
// The stream is scrypt of the password where kdf is "Sc", and zeros where it is 00 00. The
// checksum is BLAKE2b-256 over "Ed", number and key, and tells whether the password was the right
// one. Source: minisign 0.12. Thread-safe. No function throws but for std::bad_alloc.
#pragma once

#include <string_view>

#include "signing/keys/files.h"

namespace pratique::signing {

/// Refusals: bad_key, wrong_password; unsupported for more work than minisign itself asks for.
Judged<PrivateKey> read_minisign_secret(std::string_view text, const AskPassword& ask);

}  // namespace pratique::signing
