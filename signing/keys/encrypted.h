// Private keys under a password: PKCS#8 with PBES2.
//
//      SEQUENCE {
//        SEQUENCE { OID PBES2, SEQUENCE {
//          SEQUENCE { OID PBKDF2, SEQUENCE { salt, iterations, length?, prf? } }   or
//          SEQUENCE { OID scrypt, SEQUENCE { salt, N, r, p, length? } }
//          SEQUENCE { OID AES-*-CBC, OCTET STRING iv } } }
//        OCTET STRING encrypted PrivateKeyInfo }
//
// What the password must be stretched by is the file's word. It is compared with the caps below
// before any of it is done. Older schemes (PBES1, PKCS#12's, DES, RC2) are not read: what they
// protect is as good as open. Sources: RFC 8018, RFC 7914, RFC 3565.
// Thread-safe. No function throws but for std::bad_alloc.
#pragma once

#include <cstdint>

#include "signing/keys/files.h"

namespace pratique::signing {

/// About five seconds of a machine of today.
inline constexpr std::uint64_t kMostIterations = 10'000'000;
/// Bytes that scrypt fills, over all of its rounds: bounds memory and time.
inline constexpr std::uint64_t kMostScrypt = 256UL * 1024 * 1024;
/// What is written: OWASP's advice of 2023 for PBKDF2-HMAC-SHA256.
inline constexpr std::uint64_t kIterations = 600'000;

/// The PrivateKeyInfo inside. Asks for the password once the file is known to be one that can be
/// opened. Refusals: bad_key, unsupported, wrong_password.
Judged<Secret> decrypt_pkcs8(Bytes der, const AskPassword& ask);

/// DER, with a fresh salt.
Secret encrypt_pkcs8(Bytes pkcs8, const Secret& password);

}  // namespace pratique::signing
