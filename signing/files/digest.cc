#include "signing/files/digest.h"

#include <openssl/err.h>

#include <array>
#include <new>

namespace pratique::signing {
namespace {

struct Row {
    HashAlgorithm algorithm;
    std::string_view name;
    bool in_oms;
    const char* openssl;
    std::size_t size;
};
constexpr std::array kAlgorithms{Row{HashAlgorithm::sha256, "sha256", true, "SHA2-256", 32},
                                 Row{HashAlgorithm::blake2b, "blake2b", true, "BLAKE2B-512", 64},
                                 Row{HashAlgorithm::sha512, "sha512", false, "SHA2-512", 64}};

const Row& row(HashAlgorithm algorithm) {
    return kAlgorithms.at(static_cast<std::size_t>(algorithm));
}

}  // namespace

std::string_view name(HashAlgorithm algorithm) { return row(algorithm).name; }

std::optional<HashAlgorithm> hash_algorithm(std::string_view name) {
    for (const Row& row : kAlgorithms) {
        if (row.in_oms && row.name == name) return row.algorithm;
    }
    return std::nullopt;
}

std::size_t digest_size(HashAlgorithm algorithm) { return row(algorithm).size; }

Md fetch(HashAlgorithm algorithm) {
    Md out(EVP_MD_fetch(nullptr, row(algorithm).openssl, nullptr));
    if (!out) ERR_clear_error();
    return out;
}

Hasher::Hasher(const EVP_MD* md) : md_(md), context_(EVP_MD_CTX_new()) {
    if (!context_) throw std::bad_alloc();
}

void Hasher::start() { good_ = EVP_DigestInit_ex2(context_.get(), md_, nullptr) == 1; }

void Hasher::update(Bytes bytes) {
    good_ = good_ && EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1;
}

bool Hasher::finish(std::span<std::byte> digest) {
    good_ = good_ && static_cast<std::size_t>(EVP_MD_get_size(md_)) == digest.size();
    // OpenSSL's spelling of a byte; it may alias any object.
    auto* out = reinterpret_cast<unsigned char*>(digest.data());  // NOLINT(*-reinterpret-cast)
    good_ = good_ && EVP_DigestFinal_ex(context_.get(), out, nullptr) == 1;
    if (!good_) ERR_clear_error();
    return good_;
}

}  // namespace pratique::signing
