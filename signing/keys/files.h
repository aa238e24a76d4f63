// Key files: what a key looks like on disk, and how it gets there and back.
//
//      -----BEGIN PUBLIC KEY-----              SubjectPublicKeyInfo        (RFC 5280)
//      -----BEGIN PRIVATE KEY-----             PKCS#8                      (RFC 5958, RFC 8410)
//      -----BEGIN ENCRYPTED PRIVATE KEY-----   PKCS#8 under PBES2          (RFC 8018)
//      -----BEGIN EC PRIVATE KEY-----          SEC 1, read only            (RFC 5915)
//      -----BEGIN OPENSSH PRIVATE KEY-----     Ed25519, read only          (OpenSSH's PROTOCOL.key)
//      untrusted comment: …                    minisign, read only         (minisign 0.12)
//      ssh-ed25519 AAAA… / ecdsa-sha2-… AAAA…  OpenSSH public key, read only
//
// Written: PBKDF2-HMAC-SHA256 with 600,000 iterations and AES-256-CBC, which every OpenSSL reads.
// Read: what a key file asks of memory and time is the file's word and capped, so that a key from
// a stranger can neither stop the machine nor keep it busy.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "signing/keys/key.h"
#include "signing/keys/secret.h"
#include "signing/refusal.h"

namespace pratique::signing {

/// A public key of any of these forms; of a private key file that is not encrypted, its public
/// half is not taken: whoever verifies should not hold it. Refusals: bad_key, unsupported.
Judged<PublicKey> read_public_key(std::string_view text);

/// True if this looks like a private key, encrypted or not.
bool is_private_key(std::string_view text);

/// Asked for a password when a key needs one, and only then. Refusals: wrong_password when there
/// is none to be had.
using AskPassword = std::function<Judged<Secret>()>;

/// A private key of any of these forms. Refusals: bad_key, wrong_password, unsupported.
Judged<PrivateKey> read_private_key(Bytes text, const AskPassword& ask);

/// PEM. With a password, encrypted by it.
Secret write_private_key(const PrivateKey& key, const Secret* password);

}  // namespace pratique::signing
