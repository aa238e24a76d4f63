// X.509 certificates as signers: does a chain lead from the certificate in a bundle to an authority
// that the user named, is every certificate of it valid now, and may the first one sign code?
//
//      leaf ──issued by──► intermediate … ──issued by──► anchor
//      (bundle)            (bundle, untrusted)           (the user's)
//
// Authorities are only those that are named; those of the web, which the system keeps, are never
// asked. The clock is the caller's (OMS 1.0, section 8.2: the leaf must be within its validity).
// Source: RFC 5280. By OpenSSL, in strict mode at security level 2. Thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "signing/keys/key.h"
#include "signing/refusal.h"

namespace pratique::signing {

using Der = std::vector<std::byte>;

/// The certificates of a PEM text, in their order, as DER. Text around them is skipped. Refusals:
/// bad_certificate when there are none, too_large.
Judged<std::vector<Der>> read_certificates(std::string_view pem);

/// The key of a certificate. Refusals: bad_certificate, unsupported.
Judged<PublicKey> leaf_key(const Der& certificate);

struct ChainOptions {
    /// Trusted, each by itself; an intermediate may be one.
    std::vector<Der> anchors;
    /// Seconds since 1970.
    std::int64_t now = 0;
    /// The leaf must have the extended key usage codeSigning. Without: digitalSignature will do.
    bool require_code_signing = true;
    /// Lower-case hexadecimal SHA-256 of public keys (PublicKey::id()); if any, the leaf's is one.
    std::vector<std::string> pins = {};
    /// Subjects (RFC 2253, as CertifiedSigner::subject) or alternative names; if any, the leaf has
    /// one.
    std::vector<std::string> identities = {};
};

struct CertifiedSigner {
    PublicKey key;
    std::string subject;                    // RFC 2253; raw bytes of the certificate, to be escaped
    std::vector<std::string> alternatives;  // e-mail addresses, URIs and DNS names; as above
    std::int64_t not_before = 0;            // of the leaf, seconds since 1970
    std::int64_t not_after = 0;
};

/// `chain`: the leaf first; the others are hints and prove nothing by being there. Refusals:
/// bad_certificate, untrusted_certificate, expired_certificate; too_large for more than 10
/// certificates or one above 64 KiB; unsupported for keys that key.h has not.
Judged<CertifiedSigner> verify_chain(const std::vector<Der>& chain, const ChainOptions& options);

}  // namespace pratique::signing
