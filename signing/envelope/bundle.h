// The file that a signature comes in: a Sigstore bundle with one DSSE envelope, which OMS 1.0 uses.
//
//      { "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
//        "verificationMaterial": one of
//            { "publicKey": { "hint": hex }, … }               method key
//            { "x509CertificateChain": { "certificates":
//                  [ { "rawBytes": base64 DER }, … ] }, … }    method certificate
//            { "certificate": …, "tlogEntries": [ … ] }        method sigstore: not supported
//        "dsseEnvelope": { "payload": base64, "payloadType": "application/vnd.in-toto+json",
//                          "signatures": [ { "sig": base64, "keyid": ignored } ] } }
//
//      signed bytes (PAE):  DSSEv1 SP 28 SP application/vnd.in-toto+json SP length SP payload
//
// Nothing here says who signed: the material is the bundle's own word, and only picks among what
// the user trusts already. Sources: sigstore/protobuf-specs (bundle v0.3), secure-systems-lab/dsse
// 1.0.2, OMS 1.0 (ossf/model-signing-spec). Thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "signing/certificates/chain.h"
#include "signing/keys/key.h"
#include "signing/refusal.h"

namespace pratique::signing {

/// 400,000 files' worth; more is refused before it is looked at.
inline constexpr std::size_t kMostBundle = 64UL << 20;

enum class Method : std::uint8_t { key, certificate, sigstore };
std::string_view name(Method method);

struct Bundle {
    Method method{};
    /// Method key: which key it says it is by (PublicKey::hint()); none in bundles before 1.1.0.
    std::optional<std::string> hint;
    /// Method certificate: leaf first.
    std::vector<Der> chain;
    std::string payload_type;
    std::string payload;    // bytes, as they were signed
    std::string signature;  // bytes
};

/// Refusals: too_large; bad_bundle with what is wrong and where.
Judged<Bundle> read_bundle(std::string_view text);

/// The bundle as text. `method` sigstore cannot be written.
std::string write_bundle(const Bundle& bundle);

/// What is signed instead of the payload, so that its type is signed with it.
std::string pre_authentication_encoding(std::string_view payload_type, std::string_view payload);

/// True if `signature` of the bundle was made by `key` over its payload and type.
bool is_signed_by(const Bundle& bundle, const PublicKey& key);

/// The bundle was made by the holder of `key`. Refusals: wrong_method, wrong_key, bad_signature.
Judged<void> check_key(const Bundle& bundle, const PublicKey& key);

/// The bundle was made by whom an authority vouches for. Refusals: wrong_method, bad_signature, and
/// those of verify_chain().
Judged<CertifiedSigner> check_certificate(const Bundle& bundle, const ChainOptions& options);

}  // namespace pratique::signing
