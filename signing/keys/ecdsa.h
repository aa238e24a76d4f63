// ECDSA over the three curves of OMS, by OpenSSL. A curve is chosen by its name alone; a point is
// looked at before it becomes a key.
//
// Sources: FIPS 186-5, SEC 1 (points), RFC 5480 (names of the curves).
// Thread-safe. No function throws but for std::bad_alloc.
#pragma once

#include <string_view>
#include <vector>

#include "signing/keys/key.h"
#include "signing/openssl.h"

namespace pratique::signing::ecdsa {

struct Curve {
    KeyType type{};
    int number = 0;                ///< OpenSSL's
    const char* name = nullptr;    ///< NIST's
    const char* digest = nullptr;  ///< what a message is hashed with (OMS 1.0, section 7)
    std::string_view id;           ///< content of the OBJECT IDENTIFIER
    std::size_t width = 0;         ///< bytes of a coordinate, and of a private key
    unsigned top_mask = 0;         ///< bits of a private key's first byte that may be set
};

/// Null for a type or a curve that is none of them.
const Curve* find(KeyType type);
const Curve* find(Bytes id);

/// The uncompressed form of a point, which is given compressed or not. Refusals: bad_key.
Judged<std::vector<std::byte>> canonical(const Curve& curve, Bytes point);
/// The public point of a private key, which has the curve's width. Refusals: bad_key if it is
/// none: zero, or not below the order.
Judged<std::vector<std::byte>> public_point(const Curve& curve, Bytes scalar);
/// A new private key.
Secret generate(const Curve& curve);

/// A key for verify(), or with a private key for sign(). The point is a canonical one.
EvpKey make_key(const Curve& curve, Bytes point, Bytes scalar = {});
/// `signature` in DER, and in the only way to write it.
bool verify(const Curve& curve, EVP_PKEY* key, Bytes message, Bytes signature);
std::vector<std::byte> sign(const Curve& curve, EVP_PKEY* key, Bytes message);

}  // namespace pratique::signing::ecdsa
