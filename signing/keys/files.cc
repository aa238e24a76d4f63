#include "signing/keys/files.h"

#include <algorithm>
#include <array>

#include "signing/keys/encoding.h"
#include "signing/keys/encrypted.h"
#include "signing/keys/minisign.h"
#include "signing/keys/openssh.h"
#include "signing/keys/pem.h"
#include "signing/keys/ssh_wire.h"

namespace pratique::signing {
namespace {

constexpr std::string_view kPublic = "PUBLIC KEY";
constexpr std::string_view kPkcs8 = "PRIVATE KEY";
constexpr std::string_view kEncrypted = "ENCRYPTED PRIVATE KEY";
constexpr std::string_view kSec1 = "EC PRIVATE KEY";
constexpr std::string_view kOpenSsh = "OPENSSH PRIVATE KEY";
constexpr std::array kPrivate{kPkcs8, kEncrypted, kSec1, kOpenSsh};
/// Two characters that every public key of minisign begins with: "Ed" in base64.
constexpr std::string_view kMinisignLine = "RW";

Refusal bad(const char* what) { return {Reason::bad_key, "", what}; }

/// Why a block is not the one that is wanted, as far as its label tells.
Refusal other_block(std::string_view label, std::string_view wanted) {
    const bool known = std::ranges::find(kPrivate, label) != kPrivate.end();
    if (known && wanted == kPublic) return bad("a private key, where a public one is wanted");
    if (label == kPublic) return bad("a public key, where a private one is wanted");
    if (label == "CERTIFICATE") return bad("a certificate, which is no key");
    if (label.ends_with(kPublic) || label.ends_with(kPkcs8)) {
        return {Reason::unsupported, "", "a key of another algorithm than Ed25519 and ECDSA"};
    }
    return bad("a PEM block that is no key");
}

Refusal unknown() { return bad("not a key file of a known form"); }

bool is_openssh_public(std::string_view text) {
    static constexpr std::array kStarts{std::string_view("ssh-"), std::string_view("ecdsa-sha2-"),
                                        std::string_view("sk-")};
    return std::ranges::any_of(kStarts, [&](auto start) { return text.starts_with(start); });
}

}  // namespace

bool is_private_key(std::string_view text) {
    if (is_minisign(text)) return !read_minisign_key(text);
    const auto label = pem_label(text);
    return label && label->ends_with(kPkcs8);
}

Judged<PublicKey> read_public_key(std::string_view text) {
    if (is_minisign(text) || text.starts_with(kMinisignLine)) {
        return TRY(read_minisign_key(text)).key;
    }
    if (is_openssh_public(text)) return read_ssh_public_key(text);
    if (!has_pem(text)) return unknown();
    const std::string_view label = TRY(pem_label(text));
    if (label != kPublic) return other_block(label, kPublic);
    return PublicKey::from_spki(TRY(read_pem(text)).der.bytes());
}

Judged<PrivateKey> read_private_key(Bytes bytes, const AskPassword& ask) {
    const std::string_view all = text(bytes);
    if (is_minisign(all)) return read_minisign_secret(all, ask);
    if (is_openssh_public(all)) return other_block(kPublic, kPkcs8);
    if (!has_pem(all)) return unknown();
    const std::string_view label = TRY(pem_label(all));
    if (std::ranges::find(kPrivate, label) == kPrivate.end()) return other_block(label, kPkcs8);
    const Secret der = TRY(read_pem(all)).der;
    if (label == kOpenSsh) return read_openssh_private(der.bytes());
    if (label == kSec1) return PrivateKey::from_pkcs8(TRY(wrap_sec1(der.bytes())).bytes());
    if (label == kPkcs8) return PrivateKey::from_pkcs8(der.bytes());
    return PrivateKey::from_pkcs8(TRY(decrypt_pkcs8(der.bytes(), ask)).bytes());
}

Secret write_private_key(const PrivateKey& key, const Secret* password) {
    const Secret pkcs8 = key.pkcs8();
    if (password == nullptr) return write_pem(kPkcs8, pkcs8.bytes());
    return write_pem(kEncrypted, encrypt_pkcs8(pkcs8.bytes(), *password).bytes());
}

}  // namespace pratique::signing
