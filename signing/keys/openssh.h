// Private keys of OpenSSH. The public ones are in ssh_wire.h.
//
//      -----BEGIN OPENSSH PRIVATE KEY-----
//      "openssh-key-v1" 00  string cipher  string kdf  string kdf options  uint32 1
//      string public blob
//      string ( uint32 check  uint32 check  string "ssh-ed25519"  string key[32]
//               string seed[32] ‖ key[32]  string comment  01 02 03 … )
//
// A string is its length in four bytes, big-endian, and as many bytes. Only Ed25519 is read, and
// only without a password: that of OpenSSH goes through bcrypt_pbkdf, which none of the
// libraries here has. Source: PROTOCOL.key (OpenSSH).
// Thread-safe. No function throws but for std::bad_alloc.
#pragma once

#include "signing/keys/key.h"

namespace pratique::signing {

/// What stands in the PEM block. Refusals: bad_key; unsupported.
Judged<PrivateKey> read_openssh_private(Bytes bytes);

}  // namespace pratique::signing
