// One digest after the other by OpenSSL: the algorithm is looked up once and the context is used
// again, as for a small file either would cost more than hashing it.
#pragma once

#include <openssl/evp.h>

#include <memory>
#include <span>

#include "base/bytes.h"
#include "signing/files/hash.h"

namespace pratique::signing {

struct FreeMd {
    void operator()(EVP_MD* md) const { EVP_MD_free(md); }
};
using Md = std::unique_ptr<EVP_MD, FreeMd>;

/// Nothing if this OpenSSL does not offer it. To be shared by threads.
Md fetch(HashAlgorithm algorithm);

/// For one thread at a time. The steps of one digest: start, update as often as needed, finish. A
/// step that fails makes all up to finish() fail, which says so.
class Hasher {
public:
    /// `md` must stay. Throws std::bad_alloc.
    explicit Hasher(const EVP_MD* md);

    void start();
    void update(Bytes bytes);
    /// Fills `digest`, which is as long as the algorithm's digests are.
    bool finish(std::span<std::byte> digest);

private:
    struct FreeContext {
        void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    };
    const EVP_MD* md_;
    std::unique_ptr<EVP_MD_CTX, FreeContext> context_;
    bool good_ = false;
};

}  // namespace pratique::signing
