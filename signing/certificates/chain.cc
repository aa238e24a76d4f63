// Why OpenSSL is asked in this way: its defaults are those of a web browser. Here there is no host
// to be reached and no list of authorities that came with the system; what it has no name for (the
// purpose "sign code" came with OpenSSL 3.2) is checked by hand, after it has built the chain.
#include "signing/certificates/chain.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <new>
#include <utility>

#include "base/bytes.h"
#include "signing/openssl.h"

namespace pratique::signing {
namespace {

constexpr std::size_t kMostPem = std::size_t{8} * 1024 * 1024;
constexpr std::size_t kMostCertificates = 1000;  // all authorities of the web are 150
constexpr std::size_t kMostDer = std::size_t{64} * 1024;
constexpr std::size_t kMostInChain = 10;
// 112 bits: no SHA-1, no RSA below 2048 bits.
constexpr int kSecurityLevel = 2;

struct FreeUnowned {
    void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
/// Does not own the certificates in it.
using CertificateList = std::unique_ptr<STACK_OF(X509), FreeUnowned>;
using Names = std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>>;
struct FreeMemory {
    void operator()(void* memory) const { OPENSSL_free(memory); }
};
template <class T>
using Memory = std::unique_ptr<T, FreeMemory>;

/// OpenSSL returns nothing here but for want of memory.
template <class Pointer>
Pointer made(Pointer pointer) {
    if (!pointer) throw std::bad_alloc();
    return pointer;
}

Refusal bad(std::string detail, std::string subject = {}) {
    return {Reason::bad_certificate, std::move(subject), std::move(detail)};
}

// --- Reading ----------------------------------------------------------------------------------

Bytes bytes_of(const unsigned char* data, int size) {
    return std::as_bytes(std::span(data, size < 0 ? 0 : static_cast<std::size_t>(size)));
}

/// One certificate that is all of `der` and is DER: written again it is the same.
Judged<Certificate> parse(const Der& der) {
    if (der.size() > kMostDer) return Refusal{Reason::too_large, {}, "a certificate above 64 KiB"};
    const auto* at = raw(der);
    Certificate parsed(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
    if (!parsed) return bad("it is no X.509 certificate");
    unsigned char* written = nullptr;
    const int size = i2d_X509(parsed.get(), &written);
    const Memory<unsigned char> owner(written);
    if (!std::ranges::equal(bytes_of(written, size), Bytes(der))) {
        return bad("it is not encoded as DER, or bytes are left over behind it");
    }
    if ((X509_get_extension_flags(parsed.get()) & EXFLAG_INVALID) != 0) {
        return bad("it has an extension that is damaged or occurs twice");
    }
    return parsed;
}

Judged<std::vector<Certificate>> parse_all(const std::vector<Der>& ders, std::string_view what) {
    std::vector<Certificate> parsed;
    parsed.reserve(ders.size());
    for (const Der& der : ders) {
        auto one = parse(der);
        if (!one) {
            Refusal refusal = one.error();
            refusal.subject = std::string(what) + " " + std::to_string(parsed.size() + 1);
            return refusal;
        }
        parsed.push_back(std::move(*one));
    }
    return parsed;
}

/// As `openssl x509 -nameopt RFC2253` prints it.
std::string subject_of(X509* certificate) {
    const Bio out = made(Bio(BIO_new(BIO_s_mem())));
    const int size =
        X509_NAME_print_ex(out.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
    if (size <= 0) return {};
    std::string printed(static_cast<std::size_t>(size), '\0');
    const int read = BIO_read(out.get(), printed.data(), size);
    printed.resize(read < 0 ? 0 : static_cast<std::size_t>(read));
    return printed;
}

std::string string_of(const ASN1_STRING* string) {
    return std::string(text(bytes_of(ASN1_STRING_get0_data(string), ASN1_STRING_length(string))));
}

/// Damaged ones were refused by parse().
std::vector<std::string> alternatives_of(X509* certificate) {
    const Names names(static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    std::vector<std::string> found;
    for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
        int type = 0;
        const void* value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &type);
        if (type == GEN_EMAIL || type == GEN_URI || type == GEN_DNS) {
            found.push_back(string_of(static_cast<const ASN1_STRING*>(value)));
        }
    }
    return found;
}

Judged<std::int64_t> seconds_of(const ASN1_TIME* time) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) return bad("a date that is none");
    return std::int64_t{timegm(&parts)};
}

Bytes spki_of(X509* certificate, Memory<unsigned char>& owner) {
    unsigned char* written = nullptr;
    const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &written);
    owner.reset(written);
    return bytes_of(written, size);
}

// --- The chain --------------------------------------------------------------------------------

Reason reason_of(int error) {
    switch (error) {
        case X509_V_ERR_CERT_NOT_YET_VALID:
        case X509_V_ERR_CERT_HAS_EXPIRED: return Reason::expired_certificate;
        case X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD:
        case X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD: return Reason::bad_certificate;
        case X509_V_ERR_OUT_OF_MEM: throw std::bad_alloc();
        default: return Reason::untrusted_certificate;
    }
}

Refusal refused_by(X509_STORE_CTX* context) {
    const int error = X509_STORE_CTX_get_error(context);
    X509* where = X509_STORE_CTX_get_current_cert(context);
    return {reason_of(error), where == nullptr ? std::string() : subject_of(where),
            X509_verify_cert_error_string(error)};
}

/// Only what the user named is in the store: no file, no folder and no address is ever looked up.
CertificateStore store_of(const std::vector<Certificate>& anchors, std::int64_t now) {
    CertificateStore store = made(CertificateStore(X509_STORE_new()));
    for (const auto& anchor : anchors) must(X509_STORE_add_cert(store.get(), anchor.get()));
    X509_VERIFY_PARAM* parameters = X509_STORE_get0_param(store.get());
    // A chain ends at the first certificate that was named, self-signed or not. As nothing else is
    // in the store, this trusts nothing else.
    must(X509_VERIFY_PARAM_set_flags(parameters,
                                     X509_V_FLAG_X509_STRICT | X509_V_FLAG_PARTIAL_CHAIN));
    X509_VERIFY_PARAM_set_auth_level(parameters, kSecurityLevel);
    X509_VERIFY_PARAM_set_time(parameters, now);
    return store;
}

/// OpenSSL follows nested purposes only for purposes that it knows: an authority for web servers
/// alone must not make signers of code.
Judged<void> check_issuers(X509_STORE_CTX* context, bool require_code_signing) {
    const STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(context);
    for (int i = 1; i < sk_X509_num(chain); ++i) {
        X509* issuer = sk_X509_value(chain, i);
        const bool restricted = (X509_get_extension_flags(issuer) & EXFLAG_XKUSAGE) != 0;
        const std::uint32_t allowed = X509_get_extended_key_usage(issuer);
        if (require_code_signing && restricted && (allowed & (XKU_CODE_SIGN | XKU_ANYEKU)) == 0) {
            return bad("an authority that may not vouch for signers of code", subject_of(issuer));
        }
        // Of all keys that OpenSSL verifies with, it is too kind to those of Ed25519 alone.
        Memory<unsigned char> owner;
        const auto key = PublicKey::from_spki(spki_of(issuer, owner));
        if (!key && key.error().reason != Reason::unsupported) {
            return bad("an authority's key: " + key.error().detail, subject_of(issuer));
        }
    }
    return {};
}

Judged<void> build_chain(const std::vector<Certificate>& chain,
                         const std::vector<Certificate>& anchors, const ChainOptions& options) {
    const CertificateList untrusted = made(CertificateList(sk_X509_new_null()));
    for (const auto& certificate : std::span(chain).subspan(1)) {
        must(sk_X509_push(untrusted.get(), certificate.get()) > 0);
    }
    const CertificateStore store = store_of(anchors, options.now);
    const CertificateStoreContext context = made(CertificateStoreContext(X509_STORE_CTX_new()));
    must(X509_STORE_CTX_init(context.get(), store.get(), chain.front().get(), untrusted.get()));
    if (X509_verify_cert(context.get()) != 1 ||
        X509_STORE_CTX_get_error(context.get()) != X509_V_OK) {
        return refused_by(context.get());
    }
    return check_issuers(context.get(), options.require_code_signing);
}

// --- The leaf ---------------------------------------------------------------------------------

Judged<void> check_usage(X509* leaf, bool require_code_signing) {
    // Without the extension, OpenSSL answers that everything is allowed.
    const std::uint32_t flags = X509_get_extension_flags(leaf);
    const bool signs_code =
        (flags & EXFLAG_XKUSAGE) != 0 && (X509_get_extended_key_usage(leaf) & XKU_CODE_SIGN) != 0;
    const bool signs =
        (flags & EXFLAG_KUSAGE) != 0 && (X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE) != 0;
    if (!require_code_signing) {
        if (signs || signs_code) return {};
        return bad("it may not sign: neither digitalSignature nor codeSigning");
    }
    if (!signs_code) return bad("it may not sign code: no extended key usage codeSigning");
    if ((flags & EXFLAG_KUSAGE) != 0 && !signs) {
        return bad("it may not sign: its key usage has no digitalSignature");
    }
    return {};
}

Judged<void> check_identity(const CertifiedSigner& signer, const ChainOptions& options) {
    const auto& wanted = options.identities;
    const auto is_wanted = [&](const std::string& identity) {
        return !identity.empty() && std::ranges::find(wanted, identity) != wanted.end();
    };
    if (!wanted.empty() && !is_wanted(signer.subject) &&
        std::ranges::none_of(signer.alternatives, is_wanted)) {
        return Refusal{Reason::untrusted_certificate, signer.subject, "another signer is wanted"};
    }
    const auto& pins = options.pins;
    if (!pins.empty() && std::ranges::find(pins, signer.key.id()) == pins.end()) {
        return Refusal{Reason::untrusted_certificate, signer.subject, "another key is pinned"};
    }
    return {};
}

Judged<CertifiedSigner> signer_of(X509* leaf) {
    std::string subject = subject_of(leaf);
    auto alternatives = alternatives_of(leaf);
    const std::int64_t not_before = TRY(seconds_of(X509_get0_notBefore(leaf)));
    const std::int64_t not_after = TRY(seconds_of(X509_get0_notAfter(leaf)));
    Memory<unsigned char> owner;
    auto key = PublicKey::from_spki(spki_of(leaf, owner));
    if (!key) {
        const bool open = key.error().reason == Reason::unsupported;
        return Refusal{open ? Reason::unsupported : Reason::bad_certificate, std::move(subject),
                       "the key of the certificate: " + key.error().detail};
    }
    return CertifiedSigner{.key = std::move(*key),
                           .subject = std::move(subject),
                           .alternatives = std::move(alternatives),
                           .not_before = not_before,
                           .not_after = not_after};
}

}  // namespace

Judged<std::vector<Der>> read_certificates(std::string_view pem) {
    const CleanErrorQueue queue;
    if (pem.size() > kMostPem) return Refusal{Reason::too_large, {}, "certificates above 8 MiB"};
    const Bio in = made(Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))));
    std::vector<Der> found;
    while (true) {
        char* name = nullptr;
        char* header = nullptr;
        unsigned char* data = nullptr;
        long size = 0;
        const int read = PEM_read_bio(in.get(), &name, &header, &data, &size);
        const Memory<char> name_owner(name);
        const Memory<char> header_owner(header);
        const Memory<unsigned char> data_owner(data);
        if (read != 1) break;
        if (std::string_view(name) != PEM_STRING_X509) continue;
        const Bytes der = bytes_of(data, static_cast<int>(size));
        found.emplace_back(der.begin(), der.end());
        TRY(parse(found.back()));
        if (found.size() > kMostCertificates) {
            return Refusal{Reason::too_large, {}, "more than 1000 certificates"};
        }
    }
    // The end of the text looks like one more block that does not start.
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
        return bad("a PEM block that is damaged");
    }
    if (found.empty()) return bad("there is no PEM block CERTIFICATE");
    return found;
}

Judged<CertifiedSigner> verify_chain(const std::vector<Der>& chain, const ChainOptions& options) {
    const CleanErrorQueue queue;
    if (chain.empty()) return bad("there is no certificate");
    if (chain.size() > kMostInChain) {
        return Refusal{Reason::too_large, {}, "more than 10 certificates"};
    }
    if (options.anchors.empty()) {
        return Refusal{Reason::untrusted_certificate, {}, "no authority is named"};
    }
    const auto certificates = TRY(parse_all(chain, "certificate"));
    const auto anchors = TRY(parse_all(options.anchors, "authority"));
    TRY(build_chain(certificates, anchors, options));
    X509* leaf = certificates.front().get();
    TRY(check_usage(leaf, options.require_code_signing));
    auto signer = TRY(signer_of(leaf));
    TRY(check_identity(signer, options));
    return signer;
}

Judged<PublicKey> leaf_key(const Der& certificate) {
    const Certificate parsed = TRY(parse(certificate));
    return TRY(signer_of(parsed.get())).key;
}

}  // namespace pratique::signing
