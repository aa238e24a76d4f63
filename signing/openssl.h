// OpenSSL and libsodium as this floor uses them: objects that free themselves, an error queue that
// is empty again on the way out, and one place where std::byte becomes their unsigned char.
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <memory>
#include <new>
#include <span>

#include "base/bytes.h"

namespace pratique::signing {

/// Frees what `free` frees; for std::unique_ptr.
template <auto free>
struct Freed {
    template <class T>
    void operator()(T* object) const {
        free(object);
    }
};
struct FreedCertificates {
    void operator()(STACK_OF(X509) * stack) const { sk_X509_pop_free(stack, X509_free); }
};

using EvpKey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using EvpKeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using EvpDigestContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using EvpCipherContext = std::unique_ptr<EVP_CIPHER_CTX, Freed<EVP_CIPHER_CTX_free>>;
using Bio = std::unique_ptr<BIO, Freed<BIO_free>>;
/// Cleared when it is freed: it may be a private key.
using BigNumber = std::unique_ptr<BIGNUM, Freed<BN_clear_free>>;
using BigNumberContext = std::unique_ptr<BN_CTX, Freed<BN_CTX_free>>;
using EcGroup = std::unique_ptr<EC_GROUP, Freed<EC_GROUP_free>>;
using EcPoint = std::unique_ptr<EC_POINT, Freed<EC_POINT_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
/// Owns the certificates in it.
using Certificates = std::unique_ptr<STACK_OF(X509), FreedCertificates>;
using CertificateStore = std::unique_ptr<X509_STORE, Freed<X509_STORE_free>>;
using CertificateStoreContext = std::unique_ptr<X509_STORE_CTX, Freed<X509_STORE_CTX_free>>;

/// Leaves nothing in the error queue of this thread, whatever happened in its scope: a later call
/// by somebody else would read it as its own.
class CleanErrorQueue {
public:
    CleanErrorQueue() { ERR_clear_error(); }
    ~CleanErrorQueue() { ERR_clear_error(); }
    CleanErrorQueue(const CleanErrorQueue&) = delete;
    CleanErrorQueue& operator=(const CleanErrorQueue&) = delete;
};

/// For calls that only a lack of memory or of randomness can make fail.
inline void must(bool succeeded) {
    if (!succeeded) throw std::bad_alloc();
}

/// The same bytes as the libraries spell them; unsigned char may alias any object.
inline const unsigned char* raw(Bytes bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());  // NOLINT(*-reinterpret-cast)
}
inline unsigned char* raw_writable(std::span<std::byte> bytes) {
    return reinterpret_cast<unsigned char*>(bytes.data());  // NOLINT(*-reinterpret-cast)
}
/// And as their char.
inline const char* characters(Bytes bytes) {
    return reinterpret_cast<const char*>(bytes.data());  // NOLINT(*-reinterpret-cast)
}

/// Makes libsodium ready; to be called before any other function of it. Thread-safe.
void start_sodium();

}  // namespace pratique::signing
