#include "signing/keys/key.h"

#include <sodium.h>

#include <algorithm>
#include <array>

#include "base/digest.h"
#include "signing/keys/ecdsa.h"
#include "signing/keys/encoding.h"
#include "signing/keys/pem.h"
#include "signing/openssl.h"

namespace pratique::signing {
namespace {

constexpr std::size_t kEd25519Public = crypto_sign_ed25519_PUBLICKEYBYTES;
constexpr std::size_t kEd25519Seed = crypto_sign_ed25519_SEEDBYTES;
constexpr std::size_t kEd25519Secret = crypto_sign_ed25519_SECRETKEYBYTES;
constexpr std::size_t kEd25519Signature = crypto_sign_ed25519_BYTES;

Refusal bad(const char* what) { return {Reason::bad_key, "", what}; }

}  // namespace

std::string_view name(KeyType type) {
    static constexpr std::array<std::string_view, 4> kNames{"ed25519", "ecdsa-p256", "ecdsa-p384",
                                                            "ecdsa-p521"};
    return kNames.at(static_cast<std::size_t>(type));
}

struct PublicKey::State {
    KeyType type{};
    std::vector<std::byte> key;  // Ed25519: 32 bytes; else the uncompressed point
    std::vector<std::byte> spki;
    EvpKey ecdsa;  // empty for Ed25519

    static std::shared_ptr<const State> make(KeyType type, Bytes key) {
        auto state = std::make_shared<State>();
        state->type = type;
        state->key.assign(key.begin(), key.end());
        state->spki = encode_public(type, key);
        if (const auto* curve = ecdsa::find(type)) state->ecdsa = ecdsa::make_key(*curve, key);
        return state;
    }
};

Judged<PublicKey> PublicKey::from_spki(Bytes der) {
    const EncodedPublic encoded = TRY(decode_public(der));
    if (encoded.type == KeyType::ed25519) return from_ed25519(encoded.key);
    const auto point = TRY(ecdsa::canonical(*ecdsa::find(encoded.type), encoded.key));
    return PublicKey(State::make(encoded.type, point));
}

Judged<PublicKey> PublicKey::from_ed25519(Bytes key) {
    start_sodium();
    if (key.size() != kEd25519Public) return bad("an Ed25519 public key has 32 bytes");
    // With a point of small order, or one that is written in a second way, a signature can be
    // good for more than one message or key.
    if (crypto_core_ed25519_is_valid_point(raw(key)) != 1) {
        return bad("an Ed25519 point of small order, not of the curve, or not in its one spelling");
    }
    return PublicKey(State::make(KeyType::ed25519, key));
}

KeyType PublicKey::type() const { return state_->type; }
Bytes PublicKey::spki() const { return state_->spki; }
std::string PublicKey::id() const { return sha256_hex(spki()); }

std::string PublicKey::pem() const {
    return std::string(text(write_pem("PUBLIC KEY", spki()).bytes()));
}

std::string PublicKey::hint() const { return sha256_hex(as_bytes(pem())); }

Bytes PublicKey::ed25519() const {
    return type() == KeyType::ed25519 ? Bytes(state_->key) : Bytes{};
}

bool PublicKey::verify(Bytes message, Bytes signature) const {
    if (const auto* curve = ecdsa::find(type())) {
        return ecdsa::verify(*curve, state_->ecdsa.get(), message, signature);
    }
    return signature.size() == kEd25519Signature &&
           crypto_sign_ed25519_verify_detached(raw(signature), raw(message), message.size(),
                                               raw(state_->key)) == 0;
}

bool operator==(const PublicKey& a, const PublicKey& b) {
    return std::ranges::equal(a.spki(), b.spki());
}

struct PrivateKey::State {
    PublicKey public_key;
    Secret secret;  // Ed25519: seed and public key, as libsodium wants it; else a number
    EvpKey ecdsa;   // empty for Ed25519

    static PrivateKey ed25519(Bytes seed) {
        start_sodium();
        std::array<std::byte, kEd25519Public> derived{};
        Secret secret(kEd25519Secret);
        must(crypto_sign_ed25519_seed_keypair(raw_writable(derived),
                                              raw_writable(secret.writable()), raw(seed)) == 0);
        const PublicKey key(PublicKey::State::make(KeyType::ed25519, derived));
        return PrivateKey(std::make_shared<State>(State{key, std::move(secret), nullptr}));
    }

    static Judged<PrivateKey> of(const ecdsa::Curve& curve, Secret scalar) {
        const auto point = TRY(ecdsa::public_point(curve, scalar.bytes()));
        const PublicKey key(PublicKey::State::make(curve.type, point));
        EvpKey both = ecdsa::make_key(curve, point, scalar.bytes());
        return PrivateKey(std::make_shared<State>(State{key, std::move(scalar), std::move(both)}));
    }
};

PrivateKey PrivateKey::generate(KeyType type) {
    if (const auto* curve = ecdsa::find(type)) {
        auto made = State::of(*curve, ecdsa::generate(*curve));
        must(static_cast<bool>(made));
        return *made;
    }
    start_sodium();
    Secret seed(kEd25519Seed);
    randombytes_buf(seed.writable().data(), seed.size());
    return State::ed25519(seed.bytes());
}

Judged<PrivateKey> PrivateKey::from_pkcs8(Bytes der) {
    const EncodedPrivate encoded = TRY(decode_private(der));
    const auto* curve = ecdsa::find(encoded.type);
    const std::size_t width = curve != nullptr ? curve->width : kEd25519Seed;
    if (encoded.secret.size() != width) return bad("a private key of the wrong length");
    PrivateKey key = curve != nullptr ? TRY(State::of(*curve, Secret(encoded.secret)))
                                      : State::ed25519(encoded.secret);
    if (!encoded.public_key) return key;
    // A signature made with one key and said to be of another can give the private key away.
    const auto claimed = PublicKey::from_spki(encode_public(encoded.type, *encoded.public_key));
    if (!claimed || !(*claimed == key.public_key())) {
        return bad("a private key beside a public key that is not its own");
    }
    return key;
}

Judged<PrivateKey> PrivateKey::from_ed25519_seed(Bytes seed) {
    if (seed.size() != kEd25519Seed) return bad("an Ed25519 private key has 32 bytes");
    return State::ed25519(seed);
}

const PublicKey& PrivateKey::public_key() const { return state_->public_key; }

Secret PrivateKey::pkcs8() const {
    const Bytes secret = type() == KeyType::ed25519 ? slice(state_->secret.bytes(), 0, kEd25519Seed)
                                                    : state_->secret.bytes();
    return encode_private(type(), secret, public_key().state_->key);
}

std::vector<std::byte> PrivateKey::sign(Bytes message) const {
    std::vector<std::byte> out(kEd25519Signature);
    if (const auto* curve = ecdsa::find(type())) {
        out = ecdsa::sign(*curve, state_->ecdsa.get(), message);
    } else {
        must(crypto_sign_ed25519_detached(raw_writable(out), nullptr, raw(message), message.size(),
                                          raw(state_->secret.bytes())) == 0);
    }
    // A signature that a faulty machine got wrong can give the private key away.
    must(public_key().verify(message, out));
    return out;
}

}  // namespace pratique::signing
