// Keys in DER: the public ones of X.509, and the private ones of PKCS#8 and of SEC 1.
//
//      SubjectPublicKeyInfo   SEQUENCE { algorithm, BIT STRING public }                (RFC 5280)
//      PrivateKeyInfo         SEQUENCE { INTEGER 0 | 1, algorithm, OCTET STRING secret,
//                                        [0] attributes?, [1] public? }                (RFC 5958)
//      ECPrivateKey           SEQUENCE { INTEGER 1, OCTET STRING secret,
//                                        [0] curve?, [1] BIT STRING public? }          (RFC 5915)
//      algorithm              SEQUENCE { OID Ed25519 }                                 (RFC 8410)
//                             SEQUENCE { OID ecPublicKey, OID curve }                  (RFC 5480)
//
// Read here are shapes; whether the numbers are keys is for key.cc to say. Attributes are skipped.
// Thread-safe. Refusals: bad_key; unsupported for other algorithms, for other curves, and for
// curves that are described instead of named (a description can be made to fit a chosen key).
#pragma once

#include <optional>
#include <vector>

#include "signing/keys/key.h"

namespace pratique::signing {

struct EncodedPublic {
    KeyType type{};
    Bytes key;  ///< Ed25519: 32 bytes; else a point
};
Judged<EncodedPublic> decode_public(Bytes der);
std::vector<std::byte> encode_public(KeyType type, Bytes key);

/// Views of what was decoded.
struct EncodedPrivate {
    KeyType type{};
    Bytes secret;                     ///< Ed25519: the 32 bytes of RFC 8032; else a number
    std::optional<Bytes> public_key;  ///< as in EncodedPublic, if the file says it
};
Judged<EncodedPrivate> decode_private(Bytes der);
/// As RFC 8410 has it for Ed25519; for the others, the public key lies in the ECPrivateKey.
Secret encode_private(KeyType type, Bytes secret, Bytes public_key);
/// PKCS#8 of an ECPrivateKey that names its curve.
Judged<Secret> wrap_sec1(Bytes der);

}  // namespace pratique::signing
