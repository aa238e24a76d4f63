// Keys of OpenSSH.
//
//      ssh-ed25519 AAAA… comment                        a public key; its base64 is a blob:
//      string "ssh-ed25519"          string key[32]
//      string "ecdsa-sha2-nistp256"  string "nistp256"  string point
//
//      -----BEGIN OPENSSH PRIVATE KEY-----
//      "openssh-key-v1" 00  string cipher  string kdf  string kdf options  uint32 1
//      string public blob
//      string ( uint32 check  uint32 check  string "ssh-ed25519"  string key[32]
//               string seed[32] ‖ key[32]  string comment  01 02 03 … )
//
// A string is its length in four bytes, big-endian, and as many bytes. Private keys are read for
// Ed25519, and without a password: that of OpenSSH goes through bcrypt_pbkdf, which none of the
// libraries here has. Sources: PROTOCOL.key (OpenSSH), RFC 4253, RFC 5656, RFC 8709.
// Thread-safe. No function throws but for std::bad_alloc.
#pragma once

#include <string_view>

#include "signing/keys/key.h"

namespace pratique::signing {

bool is_openssh_public(std::string_view text);

/// One line. Refusals: bad_key; unsupported for other algorithms and keys in hardware.
Judged<PublicKey> read_openssh_public(std::string_view text);
/// The blob of such a line.
Judged<PublicKey> read_openssh_blob(Bytes blob);

/// What stands in the PEM block. Refusals: bad_key; unsupported.
Judged<PrivateKey> read_openssh_private(Bytes bytes);

}  // namespace pratique::signing
