// The envelope against whoever writes one: shapes, encodings, and what is really signed.
#include "signing/envelope/bundle.h"

#include <openssl/bn.h>
#include <openssl/ec.h>

#include "certificate_builder.h"
#include "key_support.h"
#include "statements.h"

using namespace pratique;
using namespace pratique::signing;
using namespace pratique::signing::test;
using pratique::test::has_vectors;
using pratique::test::oms_folder;
using pratique::test::slurp;

namespace {

std::string read(const std::string& text) { return said(read_bundle(text)); }

const std::string kChain = R"("x509CertificateChain":{"certificates":[{"rawBytes":"AAAA"}]})";
const std::string kSingle = R"("certificate":{"rawBytes":"AAAA"})";

json::Value parsed(const std::filesystem::path& path) {
    auto value = json::parse(slurp(path));
    BOOST_REQUIRE_MESSAGE(value, path);
    return *std::move(value);
}

std::string member(const json::Value& value, std::string_view key) {
    const json::Value* found = value.find(key);
    BOOST_REQUIRE_MESSAGE(found != nullptr && found->as<std::string>() != nullptr, key);
    return *found->as<std::string>();
}

/// A bundle that `key` signed.
Bundle signed_by(const PrivateKey& key, const std::string& payload = "{}",
                 const std::string& type = kPayloadType) {
    Bundle out;
    out.hint = key.public_key().hint();
    out.payload_type = type;
    out.payload = payload;
    const auto signature = key.sign(as_bytes(pre_authentication_encoding(type, payload)));
    out.signature = std::string(text(signature));
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bundle)

BOOST_AUTO_TEST_CASE(what_is_written_is_read) {
    const auto read_back = read_bundle(bundle_text("e30=", "AAEC"));
    BOOST_REQUIRE(read_back);
    BOOST_TEST((read_back->method == Method::key));
    BOOST_TEST(read_back->hint.value_or("none") == "ab");
    BOOST_TEST(read_back->payload == "{}");
    BOOST_TEST(read_back->payload_type == kPayloadType);
    BOOST_TEST(read_back->signature == std::string("\0\1\2", 3));
    for (const Method method : {Method::key, Method::certificate}) {
        Bundle out;
        out.method = method;
        if (method == Method::key) out.hint = "cd";
        if (method == Method::certificate) out.chain = {Der(3), Der(4)};
        out.payload_type = kPayloadType;
        out.payload = "\xfb\xff { }\n";
        out.signature = "sig";
        const auto again = read_bundle(write_bundle(out));
        BOOST_TEST_REQUIRE(bool(again), said(again));
        BOOST_TEST((again->method == method));
        BOOST_TEST((again->hint == out.hint));
        BOOST_TEST((again->chain == out.chain));
        BOOST_TEST(again->payload == out.payload);
        BOOST_TEST(again->signature == out.signature);
    }
}

BOOST_AUTO_TEST_CASE(forms_that_are_equal_are_all_read) {
    const std::string good = bundle_text();
    BOOST_TEST(read(changed(good, R"(,"keyid":"")", "")) == "accepted");
    BOOST_TEST(read(changed(good, R"("keyid":"")", R"("keyid":null)")) == "accepted");
    BOOST_TEST(read(changed(good, R"("keyid":"")", R"("keyid":"any")")) == "accepted");
    BOOST_TEST(read(changed(good, R"(,"tlogEntries":[])", "")) == "accepted");
    BOOST_TEST(read(changed(good, R"("tlogEntries":[])", R"("tlogEntries":null)")) == "accepted");
    BOOST_TEST(read(changed(good, R"("tlogEntries":[])",
                            R"("timestampVerificationData":{"rfc3161Timestamps":[]})")) ==
               "accepted");
    BOOST_TEST(read(changed(good, R"({"hint":"ab"})",
                            R"({"rawBytes":"AAAA","keyDetails":"PKIX_ECDSA_P384_SHA_384"})")) ==
               "accepted");
    BOOST_TEST(read(bundle_text("e30=", "AAAA", kChain)) == "accepted");
    BOOST_TEST(read(bundle_text("e30=", "-_-_")) == "accepted");
}

BOOST_AUTO_TEST_CASE(every_member_is_of_its_kind) {
    const std::string good = bundle_text();
    const auto refused = [&](const std::string& from, const std::string& to,
                             const std::string& why) {
        BOOST_TEST(read(changed(good, from, to)) == "bad_bundle: bundle." + why, to);
    };
    const std::string v03 = "mediaType: is not application/vnd.dev.sigstore.bundle.v0.3+json";
    refused("bundle.v0.3+json", "bundle+json;version=0.3", v03);
    refused("bundle.v0.3+json", "bundle.v0.3+jsonx", v03);
    refused("bundle.v0.3+json", "bundle.v0.4+json", v03);
    refused(R"("mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json",)", "",
            "mediaType: is missing");
    const std::string one =
        "verificationMaterial.publicKey: or x509CertificateChain or "
        "certificate: exactly one must be there";
    const std::string hint = R"("publicKey":{"hint":"ab"})";
    refused(hint, hint + "," + kChain, one);
    refused(hint, hint + "," + kSingle, one);
    refused(hint, kChain + "," + kSingle, one);
    refused(hint + ",", "", one);
    refused(hint, R"("publicKey":null)", one);
    refused(hint, R"("publicKey":{})", "verificationMaterial.publicKey.hint: is missing");
    refused(hint, R"("publicKey":{"hint":1})",
            "verificationMaterial.publicKey.hint: must be a string");
    refused(hint, R"("publicKey":{"hint":"ab","key":"AAAA"})",
            "verificationMaterial.publicKey.key: is not known here");
    refused(hint, hint + R"(,"x":1)", "verificationMaterial.x: is not known here");
    refused(hint, R"("publicKey":[])", "verificationMaterial.publicKey: must be an object");
    refused(R"("tlogEntries":[])", R"("tlogEntries":{})",
            "verificationMaterial.tlogEntries: must be an array of objects");
    refused(R"("tlogEntries":[])", R"("tlogEntries":[1])",
            "verificationMaterial.tlogEntries[0]: must be an object");
    refused(R"("tlogEntries":[])", R"("timestampVerificationData":[])",
            "verificationMaterial.timestampVerificationData: must be an object");
    refused(hint, kSingle, "verificationMaterial.tlogEntries: is missing");
    refused(R"("dsseEnvelope":)", R"("messageSignature":{},"dsseEnvelope":)",
            "messageSignature: is not known here");
    refused(R"("dsseEnvelope":)", R"("x":null,"dsseEnvelope":)", "x: is not known here");
    refused(R"("dsseEnvelope":)", R"("messageSignature":)", "dsseEnvelope: is missing");
    refused(R"("payload":)", R"("x":1,"payload":)", "dsseEnvelope.x: is not known here");
    refused(R"("payload":"e30=")", R"("payload":null)", "dsseEnvelope.payload: is missing");
    refused("e30=", "e3 0=", "dsseEnvelope.payload: is no strict base64");
    refused("e30=", "e30=\\n", "dsseEnvelope.payload: is no strict base64");
    refused("e30=", "e31=", "dsseEnvelope.payload: is no strict base64");
    refused(R"("AAAA")", R"("AA*A")", "dsseEnvelope.signatures[0].sig: is no strict base64");
    refused("in-toto+json", "in-toto+jsom",
            "dsseEnvelope.payloadType: is not application/vnd.in-toto+json");
    refused(R"("keyid":"")", R"("keyid":1)", "dsseEnvelope.signatures[0].keyid: must be a string");
    refused(R"("keyid":"")", R"("keyId":"")",
            "dsseEnvelope.signatures[0].keyId: is not known here");
    const std::string entry = R"({"sig":"AAAA","keyid":""})";
    refused(entry, "", "dsseEnvelope.signatures: must hold exactly one");
    refused(entry, entry + "," + entry, "dsseEnvelope.signatures: must hold exactly one");
    refused(R"("signatures":[)" + entry + "]", R"("signatures":)" + entry,
            "dsseEnvelope.signatures: must be an array of objects");
    BOOST_TEST(read("[]") == "bad_bundle: bundle: must be an object");
}

BOOST_AUTO_TEST_CASE(chains_are_neither_empty_nor_endless) {
    const auto chain = [](std::size_t count) {
        std::string all;
        for (std::size_t i = 0; i < count; ++i) {
            all += (i == 0 ? "" : ",") + std::string(R"({"rawBytes":"AAAA"})");
        }
        return read(bundle_text("e30=", "AAAA",
                                R"("x509CertificateChain":{"certificates":[)" + all + "]}"));
    };
    const std::string place = "bad_bundle: bundle.verificationMaterial.x509CertificateChain";
    BOOST_TEST(chain(0) == place + ".certificates: is empty");
    BOOST_TEST(chain(10) == "accepted");
    BOOST_TEST(chain(11) == place + ".certificates: holds too many");
    const std::string good = bundle_text("e30=", "AAAA", kChain);
    BOOST_TEST(read(changed(good, R"("rawBytes":"AAAA")", R"("rawBytes":"AA A")")) ==
               place + ".certificates[0].rawBytes: is no strict base64");
    BOOST_TEST(read(changed(good, R"("rawBytes":"AAAA")", R"("rawBytes":"AAAA","x":"")")) ==
               place + ".certificates[0].x: is not known here");
}

BOOST_AUTO_TEST_CASE(json_that_two_readers_read_differently_is_refused) {
    const std::string good = bundle_text();
    const auto refused = [](const std::string& text) {
        return read(text).starts_with("bad_bundle: ");
    };
    BOOST_TEST(refused(changed(good, R"("payload":)", R"("payload":"AAAA","payload":)")));
    BOOST_TEST(refused(changed(good, R"("payload":)", R"("p\u0061yload":"AAAA","payload":)")));
    BOOST_TEST(refused("\xef\xbb\xbf" + good));
    BOOST_TEST(refused(good + "x"));
    BOOST_TEST(refused(good + std::string(1, '\0')));
    BOOST_TEST(refused(good + std::string("\0junk", 5)));
    BOOST_TEST(refused(good + good));
    BOOST_TEST(refused(changed(good, "\"ab\"", "\"\xff\"")));
    BOOST_TEST(refused(changed(good, "\"ab\"", "\"\\udc00\"")));
    BOOST_TEST(refused(changed(good, R"("payload":)", R"("payload\u0000":)")));
    BOOST_TEST(refused(""));
    const auto nested = [&](std::size_t depth) {
        return read(changed(good, "[]", std::string(depth, '[') + std::string(depth, ']')));
    };
    BOOST_TEST(nested(100'000).find("at byte") != std::string::npos);
    BOOST_TEST(nested(31).find("at byte") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_bundle_that_is_too_large_is_not_read) {
    BOOST_TEST(read(std::string(kMostBundle + 1, ' ')) == "too_large: the signature file");
    BOOST_TEST(read(bundle_text() + std::string(1 << 20, ' ')) == "accepted");
}

BOOST_AUTO_TEST_CASE(the_user_picks_the_method) {
    const PrivateKey key = PrivateKey::generate(KeyType::ed25519);
    Bundle bundle = signed_by(key);
    BOOST_TEST(said(check_key(bundle, key.public_key())) == "accepted");
    BOOST_TEST(said(check_certificate(bundle, {})) == "wrong_method: method key");
    bundle.method = Method::certificate;
    BOOST_TEST(said(check_key(bundle, key.public_key())) == "wrong_method: method certificate");
    bundle.method = Method::sigstore;
    BOOST_TEST(said(check_key(bundle, key.public_key())) ==
               "unsupported: bundles of the sigstore method");
    BOOST_TEST(said(check_certificate(bundle, {})) ==
               "unsupported: bundles of the sigstore method");
}

BOOST_AUTO_TEST_CASE(a_hint_picks_a_key_and_proves_nothing) {
    const PrivateKey key = PrivateKey::generate(KeyType::p256);
    const PrivateKey other = PrivateKey::generate(KeyType::p256);
    Bundle bundle = signed_by(key);
    bundle.hint = other.public_key().hint();
    BOOST_TEST(said(check_key(bundle, other.public_key())) == "bad_signature: ");
    BOOST_TEST(said(check_key(bundle, key.public_key())) == "wrong_key: ");
    bundle.hint = key.public_key().id();
    BOOST_TEST(said(check_key(bundle, key.public_key())) == "wrong_key: ");
    bundle.hint = std::nullopt;
    BOOST_TEST(said(check_key(bundle, key.public_key())) == "accepted");
    BOOST_TEST(said(check_key(bundle, other.public_key())) == "bad_signature: ");
}

BOOST_AUTO_TEST_CASE(payload_and_type_are_what_is_signed) {
    for (const KeyType type : {KeyType::ed25519, KeyType::p256, KeyType::p384, KeyType::p521}) {
        const PrivateKey key = PrivateKey::generate(type);
        const Bundle good = signed_by(key, "{\"a\": 1}");
        BOOST_TEST(is_signed_by(good, key.public_key()));
        const auto stands = [&](const auto& change) {
            Bundle bad = good;
            change(bad);
            return is_signed_by(bad, key.public_key());
        };
        BOOST_TEST(!stands([](Bundle& b) { b.payload = "{\"a\": 2}"; }));
        BOOST_TEST(!stands([](Bundle& b) { b.payload += " "; }));
        BOOST_TEST(!stands([](Bundle& b) { b.payload_type += " "; }));
        BOOST_TEST(!stands([](Bundle& b) { b.signature += '\0'; }));
        BOOST_TEST(!stands([](Bundle& b) { b.signature.pop_back(); }));
        BOOST_TEST(!stands([](Bundle& b) { b.signature.clear(); }));
        // The bare payload, and one whose type moved into it.
        Bundle bare = good;
        bare.signature = std::string(text(key.sign(as_bytes(good.payload))));
        BOOST_TEST(!is_signed_by(bare, key.public_key()));
        const Bundle elsewhere = signed_by(key, good.payload, "text/plain");
        BOOST_TEST(!stands([&](Bundle& b) { b.signature = elsewhere.signature; }));
    }
}

BOOST_AUTO_TEST_CASE(lengths_are_of_bytes_and_keep_type_and_payload_apart) {
    BOOST_TEST(pre_authentication_encoding("", "") == "DSSEv1 0  0 ");
    BOOST_TEST(pre_authentication_encoding("a b", "1 x") == "DSSEv1 3 a b 3 1 x");
    BOOST_TEST(pre_authentication_encoding("\xc3\xa9", "12345678901") ==
               "DSSEv1 2 \xc3\xa9 11 12345678901");
    BOOST_TEST(pre_authentication_encoding("a", std::string("b\0", 2)) ==
               std::string("DSSEv1 1 a 2 b\0", 15));
    BOOST_TEST(pre_authentication_encoding("a 1 b", "c") !=
               pre_authentication_encoding("a", "1 b 1 c"));
}

// --- Certificates ------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_certificate_signs_only_with_its_own_key) {
    using namespace pratique::certificates;
    const Holder root = issue({"Root", kAuthority});
    const PrivateKey key = PrivateKey::generate(KeyType::p256);
    const std::string pem = key.public_key().pem();
    const std::unique_ptr<BIO, int (*)(BIO*)> in(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
    const Holder leaf =
        issue({"Signer"}, &root, key_of(PEM_read_bio_PUBKEY(in.get(), nullptr, nullptr, nullptr)));
    Bundle bundle = signed_by(key);
    bundle.method = Method::certificate;
    bundle.hint = std::nullopt;
    bundle.chain = {leaf.der()};
    const ChainOptions options{.anchors = {root.der()}, .now = kToday};
    BOOST_TEST(said(check_certificate(bundle, options)) == "accepted");
    bundle.chain = {issue({"Signer"}, &root).der()};
    BOOST_TEST(said(check_certificate(bundle, options)) == "bad_signature: ");
    bundle.chain = {};
    BOOST_TEST(said(check_certificate(bundle, options)).starts_with("bad_certificate"));
}

// --- Vectors of others -------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(encodings_and_signatures_of_the_dsse_vectors,
                     *boost::unit_test::precondition(has_vectors)) {
    const json::Value root = parsed(oms_folder() / "dsse/pae-ed25519.json");
    const auto* vectors = root.find("vectors")->as<json::Array>();
    BOOST_TEST_REQUIRE(vectors->size() == 5U);
    for (const json::Value& one : *vectors) {
        const auto bytes = [&](const char* key) {
            return pratique::test::from_hex(member(one, key));
        };
        Bundle bundle;
        bundle.payload_type = member(one, "payloadType");
        bundle.payload = from_base64(member(one, "payload_b64")).value();
        bundle.signature = bytes("ed25519_sig_hex");
        BOOST_TEST(pre_authentication_encoding(bundle.payload_type, bundle.payload) ==
                   bytes("pae_hex"));
        const auto key = PrivateKey::from_ed25519_seed(as_bytes(bytes("ed25519_seed_hex")));
        BOOST_REQUIRE(key);
        BOOST_TEST(text(key->public_key().ed25519()) == bytes("ed25519_public_hex"));
        BOOST_TEST(is_signed_by(bundle, key->public_key()));
        BOOST_TEST(signed_by(*key, bundle.payload, bundle.payload_type).signature ==
                   bundle.signature);
    }
    const json::Value& spellings = *root.find("key_encodings");
    const auto key =
        PublicKey::from_spki(as_bytes(pratique::test::from_hex(member(spellings, "spki_der_hex"))));
    BOOST_REQUIRE(key);
    BOOST_TEST(key->hint() == member(spellings, "oms_hint_sha256_of_pem"));
    BOOST_TEST(key->id() == member(spellings, "sha256_of_spki_der"));
}

BOOST_AUTO_TEST_CASE(the_example_of_the_dsse_specification,
                     *boost::unit_test::precondition(has_vectors)) {
    const json::Value example = parsed(oms_folder() / "dsse/dsse-spec-example.json");
    const auto number = [](const std::string& decimal, std::size_t size) {
        BIGNUM* made = nullptr;
        BOOST_REQUIRE(BN_dec2bn(&made, decimal.c_str()) > 0);
        std::string out(size, '\0');
        BOOST_REQUIRE(BN_bn2binpad(made, reinterpret_cast<unsigned char*>(out.data()),
                                   static_cast<int>(size)) == static_cast<int>(size));
        BN_free(made);
        return out;
    };
    // SubjectPublicKeyInfo of a point of P-256.
    const std::string spki =
        pratique::test::from_hex("3059301306072a8648ce3d020106082a8648ce3d03010703420004") +
        number(member(example, "ecdsa_p256_X"), 32) + number(member(example, "ecdsa_p256_Y"), 32);
    const auto key = PublicKey::from_spki(as_bytes(spki));
    BOOST_TEST_REQUIRE(bool(key), said(key));
    // The example has r and s side by side; bundles have them as ASN.1 integers.
    const std::string raw = from_base64(member(example, "sig_raw_r_s_b64")).value();
    const auto integer = [](std::string half) {
        if (static_cast<unsigned char>(half.front()) >= 0x80) half.insert(0, 1, '\0');
        return std::string("\x02") + static_cast<char>(half.size()) + half;
    };
    const std::string both = integer(raw.substr(0, 32)) + integer(raw.substr(32));
    Bundle bundle;
    bundle.payload_type = member(example, "payloadType");
    bundle.payload = from_base64(member(example, "payload")).value();
    BOOST_TEST(pre_authentication_encoding(bundle.payload_type, bundle.payload) ==
               member(example, "pae"));
    bundle.signature = std::string("\x30") + static_cast<char>(both.size()) + both;
    BOOST_TEST(is_signed_by(bundle, *key));
    bundle.signature = raw;
    BOOST_TEST(!is_signed_by(bundle, *key));
}

BOOST_AUTO_TEST_CASE(shapes_of_the_oms_specification,
                     *boost::unit_test::precondition(has_vectors)) {
    const auto folder = oms_folder() / "spec-v1.0";
    std::size_t seen = 0;
    for (const char* kind : {"valid", "invalid", "invalid-payload"}) {
        for (const auto& entry : std::filesystem::directory_iterator(folder / kind)) {
            BOOST_TEST_CONTEXT(entry.path()) {
                ++seen;
                const auto bundle = read_bundle(slurp(entry.path()));
                if (std::string_view(kind) == "invalid") {
                    BOOST_TEST(said(bundle).starts_with("bad_bundle: "));
                    continue;
                }
                BOOST_TEST_REQUIRE(bool(bundle), said(bundle));
                const auto manifest = manifest_of(bundle->payload);
                if (std::string_view(kind) == "valid") {
                    BOOST_TEST(said(manifest) == "accepted");
                } else {
                    BOOST_TEST(said(manifest).starts_with("bad_statement: "));
                }
            }
        }
    }
    BOOST_TEST(seen >= 8U);
}

BOOST_AUTO_TEST_SUITE_END()
