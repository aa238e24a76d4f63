#include "base/digest.h"

#include <openssl/evp.h>

#include <new>

#include "base/text.h"

namespace pratique {

struct Sha256::State {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    State() {
        if (context == nullptr || EVP_DigestInit_ex(context, EVP_sha256(), nullptr) != 1) {
            EVP_MD_CTX_free(context);
            throw std::bad_alloc();
        }
    }
    ~State() { EVP_MD_CTX_free(context); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::~Sha256() = default;

void Sha256::update(Bytes bytes) {
    if (EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) != 1) throw std::bad_alloc();
}

Sha256::Digest Sha256::finish() {
    Digest digest{};
    // OpenSSL's spelling of a byte; it may alias any object.
    auto* out = reinterpret_cast<unsigned char*>(digest.data());  // NOLINT(*-reinterpret-cast)
    if (EVP_DigestFinal_ex(state_->context, out, nullptr) != 1) {
        throw std::bad_alloc();
    }
    return digest;
}

std::string sha256_hex(Bytes bytes) {
    Sha256 hash;
    hash.update(bytes);
    return hex(hash.finish());
}

}  // namespace pratique
