// Keys that sign and keys that verify. Whatever file a key came from (pem.h, minisign.h,
// openssh.h), it ends up here, and only here are signatures made and checked.
//
//      Ed25519            libsodium   pure, over the whole message; 64 bytes R || S
//      ECDSA P-256        OpenSSL     SHA-256, ASN.1 DER
//      ECDSA P-384        OpenSSL     SHA-384, ASN.1 DER
//      ECDSA P-521        OpenSSL     SHA-512, ASN.1 DER
//
// The algorithm follows from the key and from nothing that a signature says. Ed25519 is verified
// by libsodium alone, as OpenSSL 3.0 accepts a small-order public key.
//
// Sources: RFC 8032, RFC 8410, FIPS 186-5; OMS 1.0, section 7 (the curves and their hashes).
// Thread-safe: a key does not change. No function throws but for std::bad_alloc.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "signing/keys/secret.h"
#include "signing/refusal.h"

namespace pratique::signing {

enum class KeyType : std::uint8_t { ed25519, p256, p384, p521 };
/// "ed25519", "ecdsa-p256", …
std::string_view name(KeyType type);

/// A public key that was checked: a point of its curve, and not one of small order.
class PublicKey {
public:
    /// Of a DER SubjectPublicKeyInfo (RFC 5280), all of it. Refusals: bad_key; unsupported for
    /// other algorithms and curves.
    static Judged<PublicKey> from_spki(Bytes der);
    /// Of the 32 bytes of RFC 8032. Refusals: bad_key.
    static Judged<PublicKey> from_ed25519(Bytes key);

    KeyType type() const;
    /// Canonical DER SubjectPublicKeyInfo: the same key has the same bytes, wherever it came from.
    Bytes spki() const;
    /// The name of the key in trust stores and policies: lower-case hexadecimal SHA-256 of spki().
    std::string id() const;
    /// spki() as PEM, as OpenSSL prints it.
    std::string pem() const;
    /// The name of the key in OMS bundles: lower-case hexadecimal SHA-256 of pem().
    std::string hint() const;
    /// The 32 bytes of an Ed25519 key; empty for others.
    Bytes ed25519() const;

    /// True if `signature` was made by this key over `message`.
    bool verify(Bytes message, Bytes signature) const;

    /// The same key, which is what a threshold counts.
    friend bool operator==(const PublicKey& a, const PublicKey& b);

private:
    struct State;
    explicit PublicKey(std::shared_ptr<const State> state) : state_(std::move(state)) {}
    friend class PrivateKey;

    std::shared_ptr<const State> state_;
};

/// A private key. Its secret lies in memory that is locked, guarded, and wiped at the end.
class PrivateKey {
public:
    /// A new key of the system's randomness.
    static PrivateKey generate(KeyType type);
    /// Of a DER PKCS#8 PrivateKeyInfo (RFC 5958), not encrypted. Refusals: bad_key, unsupported.
    static Judged<PrivateKey> from_pkcs8(Bytes der);
    /// Of the 32 bytes that RFC 8032 calls the private key. Refusals: bad_key.
    static Judged<PrivateKey> from_ed25519_seed(Bytes seed);

    KeyType type() const { return public_key().type(); }
    const PublicKey& public_key() const;
    /// DER PKCS#8 (RFC 8410 for Ed25519, RFC 5915 inside for the others).
    Secret pkcs8() const;

    /// A signature over `message`, in the form that verify() takes.
    std::vector<std::byte> sign(Bytes message) const;

private:
    struct State;
    explicit PrivateKey(std::shared_ptr<const State> state) : state_(std::move(state)) {}

    std::shared_ptr<const State> state_;
};

}  // namespace pratique::signing
