// Certificates for tests, good ones and bad ones, made by OpenSSL from a few words. Keys are new in
// every run; nothing that they sign is worth anything.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace pratique::certificates {

constexpr std::int64_t kDay = 86'400;
/// 2027-01-15, the day on which the tests play.
constexpr std::int64_t kToday = 1'800'000'000;

using Key = std::shared_ptr<EVP_PKEY>;

inline Key key_of(EVP_PKEY* made) {
    BOOST_REQUIRE(made != nullptr);
    return {made, EVP_PKEY_free};
}
inline Key ec_key(const char* curve = "P-256") { return key_of(EVP_EC_gen(curve)); }
inline Key rsa_key(std::size_t bits) { return key_of(EVP_RSA_gen(bits)); }
inline Key ed25519_key() { return key_of(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); }

/// An extension as a line of openssl.cnf has it: its short name and its value.
using Extensions = std::vector<std::pair<std::string, std::string>>;

inline const Extensions kAuthority = {{"basicConstraints", "critical,CA:TRUE"},
                                      {"keyUsage", "critical,keyCertSign,cRLSign"},
                                      {"subjectKeyIdentifier", "hash"}};
inline const Extensions kSigner = {{"basicConstraints", "critical,CA:FALSE"},
                                   {"keyUsage", "critical,digitalSignature"},
                                   {"extendedKeyUsage", "codeSigning"},
                                   {"subjectKeyIdentifier", "hash"},
                                   {"authorityKeyIdentifier", "keyid"}};

/// `extensions` with those of the same name replaced by `changed`; an empty value removes one.
inline Extensions with(Extensions extensions, const Extensions& changed) {
    for (const auto& change : changed) {
        std::erase_if(extensions, [&](const auto& old) { return old.first == change.first; });
        if (!change.second.empty()) extensions.push_back(change);
    }
    return extensions;
}

struct Recipe {
    std::string subject;  // the common name
    Extensions extensions = kSigner;
    std::int64_t from = kToday - 100 * kDay;
    std::int64_t until = kToday + 100 * kDay;
    const char* digest = "SHA256";
};

/// A certificate with its key: one who can issue others.
struct Holder {
    std::shared_ptr<X509> certificate;
    Key key;

    std::vector<std::byte> der() const {
        unsigned char* written = nullptr;
        const int size = i2d_X509(certificate.get(), &written);
        BOOST_REQUIRE(size > 0);
        const auto bytes = std::as_bytes(std::span(written, static_cast<std::size_t>(size)));
        std::vector<std::byte> out(bytes.begin(), bytes.end());
        OPENSSL_free(written);
        return out;
    }
    std::string pem() const {
        std::unique_ptr<BIO, int (*)(BIO*)> out(BIO_new(BIO_s_mem()), BIO_free);
        BOOST_REQUIRE(PEM_write_bio_X509(out.get(), certificate.get()) == 1);
        char* data = nullptr;
        const long size = BIO_get_mem_data(out.get(), &data);
        return {data, static_cast<std::size_t>(size)};
    }
};

inline void add_extension(X509* certificate, X509* issuer, const std::string& name,
                          const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509V3_set_ctx_nodb(&context);
    X509_EXTENSION* made = X509V3_EXT_nconf(nullptr, &context, name.c_str(), value.c_str());
    BOOST_REQUIRE_MESSAGE(made != nullptr, name);
    BOOST_REQUIRE(X509_add_ext(certificate, made, -1) == 1);
    X509_EXTENSION_free(made);
}

/// What an issuer would say of the holder of `key`; without an issuer, what the holder says.
inline Holder issue(const Recipe& recipe, const Holder* issuer = nullptr, Key key = ec_key()) {
    static long serial = 1;
    const std::shared_ptr<X509> made(X509_new(), X509_free);
    X509_set_version(made.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial++);
    ASN1_TIME_set(X509_getm_notBefore(made.get()), recipe.from);
    ASN1_TIME_set(X509_getm_notAfter(made.get()), recipe.until);
    X509_NAME* name = X509_get_subject_name(made.get());
    if (!recipe.subject.empty()) {
        const auto* text = reinterpret_cast<const unsigned char*>(recipe.subject.data());
        X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, text,
                                   static_cast<int>(recipe.subject.size()), -1, 0);
    }
    X509* by = issuer == nullptr ? made.get() : issuer->certificate.get();
    X509_set_issuer_name(made.get(), X509_get_subject_name(by));
    X509_set_pubkey(made.get(), key.get());
    for (const auto& [extension, value] : recipe.extensions) {
        add_extension(made.get(), by, extension, value);
    }
    EVP_PKEY* signing_key = issuer == nullptr ? key.get() : issuer->key.get();
    const bool pure = EVP_PKEY_is_a(signing_key, "ED25519") == 1;
    const EVP_MD* digest = pure ? nullptr : EVP_get_digestbyname(recipe.digest);
    BOOST_REQUIRE(X509_sign(made.get(), signing_key, digest) > 0);
    return {made, std::move(key)};
}

}  // namespace pratique::certificates
