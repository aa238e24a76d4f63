#include "signing/keys/files.h"

#include "signing/keys/encoding.h"
#include "signing/keys/pem.h"

namespace pratique::signing {
namespace {

Refusal bad(const char* what) { return {Reason::bad_key, "", what}; }

constexpr std::string_view kPublic = "PUBLIC KEY";
constexpr std::string_view kPrivate = "PRIVATE KEY";
constexpr std::string_view kSec1 = "EC PRIVATE KEY";

}  // namespace

Judged<PublicKey> read_public_key(std::string_view text) {
    const Pem pem = TRY(read_pem(text));
    if (pem.label != kPublic) return bad("a PEM block that is no public key");
    return PublicKey::from_spki(pem.der.bytes());
}

Judged<PrivateKey> read_private_key(Bytes bytes, const AskPassword&) {
    const Pem pem = TRY(read_pem(text(bytes)));
    if (pem.label == kSec1) return PrivateKey::from_pkcs8(TRY(wrap_sec1(pem.der.bytes())).bytes());
    if (pem.label != kPrivate) return bad("a PEM block that is no private key");
    return PrivateKey::from_pkcs8(pem.der.bytes());
}

Secret write_private_key(const PrivateKey& key, const Secret*) {
    return write_pem(kPrivate, key.pkcs8().bytes());
}

}  // namespace pratique::signing
