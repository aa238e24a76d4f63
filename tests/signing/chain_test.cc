#include "signing/certificates/chain.h"

#include <openssl/err.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>

#include "base/text.h"
#include "certificate_builder.h"
#include "key_support.h"
#include "signing/envelope/bundle.h"

using namespace pratique;
using namespace pratique::signing;
using namespace pratique::certificates;

namespace {

/// A root, an authority below it, and whoever these vouch for.
struct House {
    Holder root = issue({"Root", kAuthority});
    Holder middle =
        issue({"Middle", with(kAuthority, {{"authorityKeyIdentifier", "keyid"}})}, &root);
    Holder leaf = issue({"Signer"}, &middle);

    ChainOptions options() const { return {.anchors = {root.der()}, .now = kToday}; }
    Judged<CertifiedSigner> judge(const Holder& signer) const {
        return verify_chain({signer.der(), middle.der()}, options());
    }
};

std::string said(const Judged<CertifiedSigner>& judged) {
    return judged ? "accepted" : std::string(name(judged.error().reason));
}
std::string why(const Judged<CertifiedSigner>& judged) {
    return judged ? "accepted" : describe(judged.error());
}

#define CHECK_SAID(judged, reason)                                       \
    do {                                                                 \
        const auto result = (judged);                                    \
        BOOST_TEST(said(result) == (reason), why(result));               \
        BOOST_TEST(ERR_peek_error() == 0U, "the error queue is in use"); \
    } while (false)

std::vector<Der> chain_of(const std::vector<const Holder*>& holders) {
    std::vector<Der> ders;
    for (const Holder* holder : holders) ders.push_back(holder->der());
    return ders;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(chain)

BOOST_AUTO_TEST_CASE(a_chain_leads_to_the_authority_that_is_named) {
    const House house;
    const auto signer = house.judge(
        issue({"S\xc3\xb8ren, Inc.",
               with(kSigner, {{"subjectAltName",
                               "email:a@example.org,URI:https://example.org/x,DNS:example.org"}})},
              &house.middle));
    BOOST_TEST_REQUIRE(bool(signer), why(signer));
    BOOST_TEST(signer->subject == "CN=S\\C3\\B8ren\\, Inc.");
    const std::vector<std::string> names = {"a@example.org", "https://example.org/x",
                                            "example.org"};
    BOOST_TEST(signer->alternatives == names);
    BOOST_TEST(signer->not_before == kToday - 100 * kDay);
    BOOST_TEST(signer->not_after == kToday + 100 * kDay);
    BOOST_TEST((signer->key.type() == KeyType::p256));
}

BOOST_AUTO_TEST_CASE(every_key_that_can_sign_models_can_have_a_certificate) {
    const House house;
    for (const Key& key : {ec_key("P-256"), ec_key("P-384"), ec_key("P-521"), ed25519_key()}) {
        CHECK_SAID(house.judge(issue({"Signer"}, &house.middle, key)), "accepted");
    }
    CHECK_SAID(house.judge(issue({"Signer"}, &house.middle, rsa_key(2048))), "unsupported");
    CHECK_SAID(house.judge(issue({"Signer"}, &house.middle, ec_key("secp256k1"))), "unsupported");
    CHECK_SAID(house.judge(issue({"Signer"}, &house.middle, rsa_key(1024))),
               "untrusted_certificate");
}

BOOST_AUTO_TEST_CASE(authorities_may_have_other_keys_than_signers) {
    for (const Key& key : {rsa_key(2048), ed25519_key(), ec_key("P-521")}) {
        const Holder root = issue({"Root", kAuthority}, nullptr, key);
        const Holder leaf = issue({"Signer"}, &root);
        CHECK_SAID(verify_chain({leaf.der()}, {.anchors = {root.der()}, .now = kToday}),
                   "accepted");
    }
}

BOOST_AUTO_TEST_CASE(whoever_is_named_is_trusted_by_itself) {
    const House house;
    const auto leaf = house.leaf.der();
    const auto middle = house.middle.der();
    const auto root = house.root.der();
    // The authority in the middle, with and without the chain above it; the signer itself.
    CHECK_SAID(verify_chain({leaf}, {.anchors = {middle}, .now = kToday}), "accepted");
    CHECK_SAID(verify_chain({leaf, middle, root}, {.anchors = {middle}, .now = kToday}),
               "accepted");
    CHECK_SAID(verify_chain({leaf}, {.anchors = {leaf}, .now = kToday}), "accepted");
    // One of several, in a chain that holds what nobody needs, in any order.
    const Holder other = issue({"Other", kAuthority});
    CHECK_SAID(verify_chain({leaf, root, middle, other.der()},
                            {.anchors = {other.der(), root}, .now = kToday}),
               "accepted");
    // A self-signed one is no exception to what a signer must be.
    const Holder self = issue({"Root", kAuthority});
    CHECK_SAID(verify_chain({self.der()}, {.anchors = {self.der()}, .now = kToday}),
               "bad_certificate");
}

BOOST_AUTO_TEST_CASE(a_chain_that_leads_elsewhere_proves_nothing) {
    const House house;
    const House stranger;  // the same names, other keys
    const auto options = house.options();
    CHECK_SAID(verify_chain(chain_of({&stranger.leaf, &stranger.middle}), options),
               "untrusted_certificate");
    // In the bundle, an authority is only a hint.
    CHECK_SAID(verify_chain(chain_of({&stranger.leaf, &stranger.middle, &stranger.root}), options),
               "untrusted_certificate");
    CHECK_SAID(verify_chain(chain_of({&house.leaf, &stranger.middle, &house.root}), options),
               "untrusted_certificate");
    CHECK_SAID(verify_chain({house.leaf.der()}, options), "untrusted_certificate");
    const Holder self = issue({"Signer"});
    CHECK_SAID(verify_chain({self.der()}, options), "untrusted_certificate");
    CHECK_SAID(verify_chain(chain_of({&house.leaf, &house.middle}), {.anchors = {}, .now = kToday}),
               "untrusted_certificate");
}

BOOST_AUTO_TEST_CASE(a_signature_of_the_issuer_is_checked) {
    const House house;
    Der forged = house.leaf.der();
    forged.back() ^= std::byte{1};
    CHECK_SAID(verify_chain({forged, house.middle.der()}, house.options()),
               "untrusted_certificate");
}

BOOST_AUTO_TEST_CASE(the_authorities_of_the_system_are_never_asked) {
    const House house;
    const auto path = std::filesystem::temp_directory_path() / "pratique-authorities.pem";
    std::ofstream(path) << house.root.pem();
    BOOST_REQUIRE(::setenv("SSL_CERT_FILE", path.c_str(), 1) == 0);
    const Holder other = issue({"Other", kAuthority});
    CHECK_SAID(verify_chain(chain_of({&house.leaf, &house.middle, &house.root}),
                            {.anchors = {other.der()}, .now = kToday}),
               "untrusted_certificate");
    ::unsetenv("SSL_CERT_FILE");
    std::filesystem::remove(path);
}

BOOST_AUTO_TEST_CASE(every_certificate_of_the_chain_is_valid_now) {
    const House house;
    const auto leaf_at = [&](std::int64_t from, std::int64_t until) {
        return house.judge(issue({"Signer", kSigner, from, until}, &house.middle));
    };
    CHECK_SAID(leaf_at(kToday - 2 * kDay, kToday - kDay), "expired_certificate");
    CHECK_SAID(leaf_at(kToday + kDay, kToday + 2 * kDay), "expired_certificate");
    CHECK_SAID(leaf_at(kToday - kDay, kToday + kDay), "accepted");

    const Holder old =
        issue({"Old", with(kAuthority, {{"authorityKeyIdentifier", "keyid"}}), 0, kToday - kDay},
              &house.root);
    CHECK_SAID(verify_chain(chain_of({&house.leaf, &old}), house.options()),
               "untrusted_certificate");
    const Holder below = issue({"Signer"}, &old);
    CHECK_SAID(verify_chain(chain_of({&below, &old}), house.options()), "expired_certificate");
    // What the user named expires as well.
    CHECK_SAID(verify_chain({below.der()}, {.anchors = {old.der()}, .now = kToday}),
               "expired_certificate");
    ChainOptions later = house.options();
    later.now += 101 * kDay;
    CHECK_SAID(verify_chain(chain_of({&house.leaf, &house.middle}), later), "expired_certificate");
}

BOOST_AUTO_TEST_CASE(only_an_authority_issues) {
    const House house;
    const auto below = [&](const Extensions& extensions) {
        const Holder issuer = issue({"Issuer", extensions}, &house.middle);
        const Holder leaf = issue({"Signer"}, &issuer);
        return verify_chain(chain_of({&leaf, &issuer, &house.middle}), house.options());
    };
    CHECK_SAID(below(with(kAuthority, {{"authorityKeyIdentifier", "keyid"}})), "accepted");
    CHECK_SAID(below(kSigner), "untrusted_certificate");
    CHECK_SAID(below(with(kAuthority, {{"authorityKeyIdentifier", "keyid"},
                                       {"keyUsage", "critical,digitalSignature"}})),
               "untrusted_certificate");
    // Carelessly made: what says that it is an authority must be critical, and say for whom.
    CHECK_SAID(below(with(kAuthority,
                          {{"authorityKeyIdentifier", "keyid"}, {"basicConstraints", "CA:TRUE"}})),
               "untrusted_certificate");
    CHECK_SAID(below(kAuthority), "untrusted_certificate");
    // An authority that may have none below itself.
    const Holder narrow =
        issue({"Narrow", with(kAuthority, {{"authorityKeyIdentifier", "keyid"},
                                           {"basicConstraints", "critical,CA:TRUE,pathlen:0"}})},
              &house.root);
    const Holder under =
        issue({"Under", with(kAuthority, {{"authorityKeyIdentifier", "keyid"}})}, &narrow);
    const Holder leaf = issue({"Signer"}, &under);
    CHECK_SAID(verify_chain(chain_of({&leaf, &under, &narrow}), house.options()),
               "untrusted_certificate");
}

BOOST_AUTO_TEST_CASE(an_authority_for_web_servers_makes_no_signers) {
    const House house;
    const Holder web = issue({"Web", with(kAuthority, {{"authorityKeyIdentifier", "keyid"},
                                                       {"extendedKeyUsage", "serverAuth"}})},
                             &house.root);
    const Holder leaf = issue({"Signer"}, &web);
    ChainOptions options = house.options();
    CHECK_SAID(verify_chain(chain_of({&leaf, &web}), options), "bad_certificate");
    options.require_code_signing = false;
    CHECK_SAID(verify_chain(chain_of({&leaf, &web}), options), "accepted");
}

BOOST_AUTO_TEST_CASE(a_signer_may_sign_code) {
    const House house;
    ChainOptions relaxed = house.options();
    relaxed.require_code_signing = false;
    const auto check = [&](const Extensions& changed, const char* strict, const char* otherwise) {
        const Holder leaf = issue({"Signer", with(kSigner, changed)}, &house.middle);
        CHECK_SAID(house.judge(leaf), strict);
        CHECK_SAID(verify_chain(chain_of({&leaf, &house.middle}), relaxed), otherwise);
    };
    const char* bad = "bad_certificate";
    check({}, "accepted", "accepted");
    check({{"extendedKeyUsage", ""}, {"keyUsage", ""}}, bad, bad);
    check({{"extendedKeyUsage", ""}}, bad, "accepted");
    check({{"extendedKeyUsage", "serverAuth"}}, bad, "accepted");
    check({{"extendedKeyUsage", "anyExtendedKeyUsage"}}, bad, "accepted");
    check({{"extendedKeyUsage", "serverAuth,codeSigning"}}, "accepted", "accepted");
    check({{"keyUsage", ""}}, "accepted", "accepted");
    check({{"keyUsage", "keyEncipherment"}}, bad, "accepted");
    check({{"keyUsage", "keyEncipherment"}, {"extendedKeyUsage", ""}}, bad, bad);
}

BOOST_AUTO_TEST_CASE(a_signer_with_the_mark_of_an_authority_and_its_issuers_name_may_sign) {
    const House house;
    const Holder odd =
        issue({"Middle", with(kSigner, {{"basicConstraints", "critical,CA:TRUE"}})}, &house.middle);
    CHECK_SAID(house.judge(odd), "accepted");
}

BOOST_AUTO_TEST_CASE(weak_digests_prove_nothing) {
    const House house;
    CHECK_SAID(house.judge(issue({.subject = "Signer", .digest = "SHA1"}, &house.middle)),
               "untrusted_certificate");
    CHECK_SAID(house.judge(issue({.subject = "Signer", .digest = "SHA384"}, &house.middle)),
               "accepted");
}

BOOST_AUTO_TEST_CASE(what_is_critical_and_not_understood_refuses) {
    const House house;
    const auto leaf = [&](const Extensions& changed) {
        return house.judge(issue({"Signer", with(kSigner, changed)}, &house.middle));
    };
    CHECK_SAID(leaf({{"1.2.3.4", "critical,ASN1:UTF8:x"}}), "untrusted_certificate");
    CHECK_SAID(leaf({{"1.2.3.4", "ASN1:UTF8:x"}}), "accepted");
    // The same extension twice, and one that is no such thing.
    Extensions twice = kSigner;
    twice.emplace_back("extendedKeyUsage", "serverAuth");
    CHECK_SAID(house.judge(issue({"Signer", twice}, &house.middle)), "bad_certificate");
    CHECK_SAID(leaf({{"keyUsage", "DER:0500"}}), "bad_certificate");
    CHECK_SAID(leaf({{"subjectAltName", "DER:0500"}}), "bad_certificate");
}

BOOST_AUTO_TEST_CASE(a_certificate_is_der_and_nothing_more) {
    const House house;
    const auto judge = [&](const Der& leaf) {
        return verify_chain({leaf, house.middle.der()}, house.options());
    };
    Der trailing = house.leaf.der();
    trailing.push_back(std::byte{0});
    CHECK_SAID(judge(trailing), "bad_certificate");
    Der cut = house.leaf.der();
    cut.pop_back();
    CHECK_SAID(judge(cut), "bad_certificate");
    CHECK_SAID(judge({}), "bad_certificate");
    // The same certificate with the length of its outermost part in three bytes instead of two.
    Der longer = house.leaf.der();
    BOOST_REQUIRE(longer.at(1) == std::byte{0x82});
    longer.at(1) = std::byte{0x83};
    longer.insert(longer.begin() + 2, std::byte{0});
    CHECK_SAID(judge(longer), "bad_certificate");
    CHECK_SAID(judge(Der(64 * 1024 + 1)), "too_large");
    CHECK_SAID(verify_chain({}, house.options()), "bad_certificate");
    // Those that only hint are read as strictly.
    CHECK_SAID(verify_chain({house.leaf.der(), house.middle.der(), trailing}, house.options()),
               "bad_certificate");
    CHECK_SAID(verify_chain(std::vector<Der>(11, house.leaf.der()), house.options()), "too_large");
}

BOOST_AUTO_TEST_CASE(pins_and_identities_narrow_who_may_sign) {
    const House house;
    const Holder leaf = issue(
        {"Signer", with(kSigner, {{"subjectAltName", "email:a@example.org"}})}, &house.middle);
    const auto judge = [&](std::vector<std::string> pins, std::vector<std::string> identities) {
        ChainOptions options = house.options();
        options.pins = std::move(pins);
        options.identities = std::move(identities);
        return verify_chain(chain_of({&leaf, &house.middle}), options);
    };
    const auto signer = judge({}, {});
    BOOST_TEST_REQUIRE(bool(signer), why(signer));
    const std::string id = signer->key.id();
    CHECK_SAID(judge({id}, {}), "accepted");
    CHECK_SAID(judge({std::string(64, '0'), id}, {"CN=Signer"}), "accepted");
    CHECK_SAID(judge({std::string(64, '0')}, {}), "untrusted_certificate");
    CHECK_SAID(judge({""}, {}), "untrusted_certificate");
    CHECK_SAID(judge({}, {"a@example.org"}), "accepted");
    CHECK_SAID(judge({}, {"b@example.org", "CN=Signer"}), "accepted");
    CHECK_SAID(judge({}, {"Signer"}), "untrusted_certificate");
    CHECK_SAID(judge({id}, {"b@example.org"}), "untrusted_certificate");
    CHECK_SAID(judge({std::string(64, '0')}, {"CN=Signer"}), "untrusted_certificate");
}

BOOST_AUTO_TEST_CASE(no_name_is_nobodys_name) {
    const House house;
    ChainOptions options = house.options();
    options.identities = {""};
    const Holder nameless = issue(
        {"", with(kSigner, {{"subjectAltName", "critical,email:a@example.org"}})}, &house.middle);
    CHECK_SAID(verify_chain(chain_of({&nameless, &house.middle}), options),
               "untrusted_certificate");
}

BOOST_AUTO_TEST_CASE(an_authority_that_holds_no_secret_vouches_for_nobody) {
    // The neutral element as a public key: OpenSSL takes it, and anybody can sign for it.
    const House house;
    Der leaf = house.leaf.der();
    const Holder weak = issue({"Weak", kAuthority}, nullptr, ed25519_key());
    Der der = weak.der();
    const std::string marker("\x06\x03\x2b\x65\x70\x03\x21\x00", 8);
    const auto at = text(der).find(marker);
    BOOST_REQUIRE(at != std::string_view::npos);
    for (std::size_t i = 0; i < 32; ++i) der.at(at + 8 + i) = std::byte{i == 0};
    const unsigned char* from = reinterpret_cast<const unsigned char*>(der.data());
    const std::shared_ptr<X509> parsed(d2i_X509(nullptr, &from, static_cast<long>(der.size())),
                                       X509_free);
    const Holder issuer{parsed, weak.key};
    Der signer = issue({"Signer"}, &issuer).der();
    // R the neutral element, s zero.
    for (std::size_t i = 0; i < 64; ++i) signer.at(signer.size() - 64 + i) = std::byte{i == 0};
    CHECK_SAID(verify_chain({signer}, {.anchors = {der}, .now = kToday}), "bad_certificate");
}

BOOST_AUTO_TEST_CASE(certificates_are_read_from_pem) {
    const House house;
    const auto read = read_certificates("Some text before\n" + house.leaf.pem() + "and between\n" +
                                        house.root.pem() + "and behind");
    BOOST_TEST_REQUIRE(bool(read));
    BOOST_TEST((*read == std::vector<Der>{house.leaf.der(), house.root.der()}));
    BOOST_TEST(ERR_peek_error() == 0U);
    const auto refusal = [](std::string_view pem) {
        const auto result = read_certificates(pem);
        BOOST_TEST(ERR_peek_error() == 0U);
        return std::string(result ? "accepted" : name(result.error().reason));
    };
    const std::string pem = house.leaf.pem();
    BOOST_TEST(refusal("") == "bad_certificate");
    BOOST_TEST(refusal("no certificate") == "bad_certificate");
    BOOST_TEST(refusal(std::string(8 * 1024 * 1024 + 1, 'x')) == "too_large");
    // Damage anywhere is damage, and not the end.
    BOOST_TEST(refusal(pem + pem.substr(0, pem.size() / 2)) == "bad_certificate");
    BOOST_TEST(refusal(pem + pem.substr(0, 40)) == "bad_certificate");
    BOOST_TEST(refusal(pem + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n") ==
               "bad_certificate");
    std::string foreign = pem;
    foreign.at(100) = '*';
    BOOST_TEST(refusal(foreign) == "bad_certificate");
    std::string many;
    for (int i = 0; i < 1001; ++i) many += pem;
    BOOST_TEST(refusal(many) == "too_large");
}

// --- Certificates of others --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(bundles_with_certificates_get_the_verdict_that_they_should,
                     *boost::unit_test::precondition(test::has_vectors)) {
    const auto folder = test::oms_folder();
    const std::string root = test::slurp(folder / "keys/root-ca.crt");
    auto anchors = read_certificates(root);
    BOOST_TEST_REQUIRE(bool(anchors));
    const ChainOptions options{.anchors = std::move(*anchors), .now = kToday};
    std::size_t seen = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder / "cases")) {
        const std::string id = entry.path().filename().native();
        const bool good = id.starts_with("v11") || id.starts_with("v13") || id.starts_with("v14");
        // The chain of c12 is good: somebody else signed. c18 has none.
        if ((!good && !id.starts_with("c")) || id.starts_with("c12")) continue;
        const auto bundle = read_bundle(test::slurp(entry.path() / "model.sig"));
        if (!bundle || bundle->method != Method::certificate) continue;
        ++seen;
        const auto judged = verify_chain(bundle->chain, options);
        BOOST_TEST_CONTEXT(id) {
            if (good) CHECK_SAID(judged, "accepted");
            if (id.starts_with("c01")) CHECK_SAID(judged, "expired_certificate");
            if (id.starts_with("c19")) CHECK_SAID(judged, "unsupported");
            if (!good) BOOST_TEST(!judged);
        }
    }
    BOOST_TEST(seen >= 12U);
}

BOOST_AUTO_TEST_CASE(upstreams_own_certificates_pass,
                     *boost::unit_test::precondition(test::has_vectors)) {
    const auto folder = test::oms_folder() / "upstream";
    auto anchors = read_certificates(test::slurp(folder / "keys/ca-cert.pem"));
    BOOST_TEST_REQUIRE(bool(anchors));
    const ChainOptions options{.anchors = std::move(*anchors), .now = kToday};
    for (const char* version : {"v0.3.1", "v1.0.0", "v1.0.1", "v1.1.0"}) {
        const auto bundle =
            read_bundle(test::slurp(folder / (std::string(version) + "-certificate/model.sig")));
        BOOST_TEST_REQUIRE(bool(bundle), version);
        CHECK_SAID(verify_chain(bundle->chain, options), "accepted");
    }
}

BOOST_AUTO_TEST_SUITE_END()
