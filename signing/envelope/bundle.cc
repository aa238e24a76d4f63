#include "signing/envelope/bundle.h"

#include "base/json.h"
#include "base/json_fields.h"
#include "signing/base64.h"

namespace pratique::signing {
namespace {

constexpr std::string_view kMediaType = "application/vnd.dev.sigstore.bundle.v0.3+json";
constexpr std::string_view kInToto = "application/vnd.in-toto+json";
constexpr std::uint32_t kDepth = 32;
constexpr std::size_t kMostCertificates = 10;

std::string decoded(json::Fields& in, std::string_view key) {
    auto bytes = from_base64(in.string(key));
    if (!bytes) in.complain(key, "is no strict base64");
    return bytes.value_or(std::string());
}

/// Old bundles hold the whole key. It is read past: whoever verifies has a key already.
void read_public_key(json::Fields in, Bundle& out) {
    out.method = Method::key;
    out.hint = in.maybe_string("hint");
    const bool embedded = in.find("rawBytes") != nullptr;
    in.find("keyDetails");
    if (!out.hint && !embedded) in.complain("hint", "is missing");
    in.finish();
}

Der certificate(json::Fields in) {
    const std::string bytes = decoded(in, "rawBytes");
    in.finish();
    const Bytes view = as_bytes(bytes);
    return {view.begin(), view.end()};
}

void read_chain(json::Fields in, Bundle& out) {
    out.method = Method::certificate;
    auto certificates = in.objects("certificates");
    if (certificates.empty()) in.complain("certificates", "is empty");
    if (certificates.size() > kMostCertificates) {
        return in.complain("certificates", "holds too many");
    }
    for (json::Fields& one : certificates) out.chain.push_back(certificate(one));
    in.finish();
}

void read_material(json::Fields in, Bundle& out) {
    const auto key = in.maybe_object("publicKey");
    const auto chain = in.maybe_object("x509CertificateChain");
    const auto single = in.maybe_object("certificate");
    const auto logged = in.objects("tlogEntries");
    in.maybe_object("timestampVerificationData");
    in.finish();
    if ((key ? 1 : 0) + (chain ? 1 : 0) + (single ? 1 : 0) != 1) {
        return in.complain("publicKey",
                           "or x509CertificateChain or certificate: exactly one must be there");
    }
    if (key) read_public_key(*key, out);
    if (chain) read_chain(*chain, out);
    if (!single) return;
    out.method = Method::sigstore;
    out.chain.push_back(certificate(*single));
    if (logged.empty()) in.complain("tlogEntries", "is missing");
}

void read_envelope(json::Fields in, Bundle& out) {
    out.payload = decoded(in, "payload");
    out.payload_type = in.string("payloadType");
    if (out.payload_type != kInToto) in.complain("payloadType", "is not " + std::string(kInToto));
    auto signatures = in.objects("signatures");
    in.finish();
    if (signatures.size() != 1) return in.complain("signatures", "must hold exactly one");
    json::Fields& signature = signatures.front();
    out.signature = decoded(signature, "sig");
    signature.maybe_string("keyid");
    signature.finish();
}

/// The material in a bundle must be of the kind that was asked for: the user picks the method.
Judged<void> expect(Method method, const Bundle& bundle) {
    if (bundle.method == Method::sigstore) {
        return Refusal{Reason::unsupported, "", "bundles of the sigstore method"};
    }
    if (bundle.method != method) {
        return Refusal{Reason::wrong_method, "", "method " + std::string(name(bundle.method))};
    }
    return {};
}

}  // namespace

std::string_view name(Method method) {
    switch (method) {
        case Method::key: return "key";
        case Method::certificate: return "certificate";
        case Method::sigstore: break;
    }
    return "sigstore";
}

Judged<Bundle> read_bundle(std::string_view text) {
    if (text.size() > kMostBundle) return Refusal{Reason::too_large, "", "the signature file"};
    const auto value = json::parse(text, kDepth);
    if (!value) return not_json(Reason::bad_bundle, value.error());
    std::string problem;
    Bundle out;
    json::Fields top(*value, "bundle", problem);
    if (top.string("mediaType") != kMediaType) {
        top.complain("mediaType", "is not " + std::string(kMediaType));
    }
    read_material(top.object("verificationMaterial"), out);
    read_envelope(top.object("dsseEnvelope"), out);
    top.finish();
    if (!problem.empty()) return Refusal{Reason::bad_bundle, "", problem};
    return out;
}

std::string write_bundle(const Bundle& bundle) {
    json::Writer out;
    out.begin_object().key("mediaType").string(kMediaType);
    out.key("verificationMaterial").begin_object();
    if (bundle.method == Method::key) {
        out.key("publicKey").begin_object();
        out.key("hint").string(bundle.hint.value_or(std::string())).end_object();
    } else {
        out.key("x509CertificateChain").begin_object().key("certificates").begin_array();
        for (const Der& der : bundle.chain) {
            out.begin_object().key("rawBytes").string(base64(der)).end_object();
        }
        out.end_array().end_object();
    }
    out.key("tlogEntries").begin_array().end_array().end_object();
    out.key("dsseEnvelope").begin_object();
    out.key("payload").string(base64(as_bytes(bundle.payload)));
    out.key("payloadType").string(bundle.payload_type);
    out.key("signatures").begin_array().begin_object();
    out.key("sig").string(base64(as_bytes(bundle.signature)));
    out.key("keyid").string("").end_object().end_array().end_object();
    out.end_object();
    return out.take();
}

std::string pre_authentication_encoding(std::string_view payload_type, std::string_view payload) {
    std::string out = "DSSEv1 " + std::to_string(payload_type.size()) + ' ';
    out.reserve(out.size() + payload_type.size() + payload.size() + 24);
    out.append(payload_type).append(" ").append(std::to_string(payload.size())).append(" ");
    return out.append(payload);
}

bool is_signed_by(const Bundle& bundle, const PublicKey& key) {
    const std::string message = pre_authentication_encoding(bundle.payload_type, bundle.payload);
    return key.verify(as_bytes(message), as_bytes(bundle.signature));
}

Judged<void> check_key(const Bundle& bundle, const PublicKey& key) {
    TRY(expect(Method::key, bundle));
    if (bundle.hint && *bundle.hint != key.hint()) return Refusal{Reason::wrong_key};
    if (!is_signed_by(bundle, key)) return Refusal{Reason::bad_signature};
    return {};
}

Judged<CertifiedSigner> check_certificate(const Bundle& bundle, const ChainOptions& options) {
    TRY(expect(Method::certificate, bundle));
    CertifiedSigner signer = TRY(verify_chain(bundle.chain, options));
    if (!is_signed_by(bundle, signer.key)) return Refusal{Reason::bad_signature};
    return signer;
}

}  // namespace pratique::signing
