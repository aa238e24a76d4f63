// Keys and signatures that other programs made: the test vectors of OMS and DSSE.
#include <boost/test/unit_test.hpp>

#include "base/json.h"
#include "key_support.h"
#include "signing/keys/pem.h"

using namespace pratique;
using namespace pratique::signing;
using namespace pratique::test;

namespace {

json::Value parse(const std::filesystem::path& path) {
    auto root = json::parse(slurp(path));
    BOOST_REQUIRE_MESSAGE(root, path);
    return std::move(*root);
}

/// The text at a path of members and of places in lists.
std::string at(const json::Value& root, const std::vector<std::string>& path) {
    const json::Value* value = &root;
    for (const std::string& step : path) {
        const auto* list = value->as<json::Array>();
        value = list != nullptr ? &list->at(std::stoul(step)) : value->find(step);
        BOOST_REQUIRE_MESSAGE(value != nullptr, step);
    }
    const auto* found = value->as<std::string>();
    BOOST_REQUIRE(found != nullptr);
    return *found;
}

std::string unbase64(const std::string& encoded) {
    const auto decoded = secret_from_base64(encoded);
    BOOST_REQUIRE(decoded);
    return std::string(text(decoded->bytes()));
}

std::string pae(const std::string& type, const std::string& body) {
    return "DSSEv1 " + std::to_string(type.size()) + ' ' + type + ' ' +
           std::to_string(body.size()) + ' ' + body;
}

PublicKey public_key(const std::filesystem::path& path) {
    auto key = read_public_key(slurp(path));
    BOOST_REQUIRE_MESSAGE(key, path << ": " << reason(key));
    return *key;
}

/// Whether the signature of a case is one of its key; nothing else of the case is looked at.
bool verifies(const std::filesystem::path& folder) {
    const json::Value described = parse(folder / "case.json");
    const json::Value bundle = parse(folder / "model.sig");
    const PublicKey key = public_key(folder / at(described, {"public_key"}));
    const std::string payload = unbase64(at(bundle, {"dsseEnvelope", "payload"}));
    const std::string signature = unbase64(at(bundle, {"dsseEnvelope", "signatures", "0", "sig"}));
    return key.verify(as_bytes(pae(at(bundle, {"dsseEnvelope", "payloadType"}), payload)),
                      as_bytes(signature));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(key_vectors, *boost::unit_test::precondition(has_vectors))

BOOST_AUTO_TEST_CASE(pairs_of_keys_belong_together) {
    std::size_t pairs = 0;
    for (const auto& entry : std::filesystem::directory_iterator(oms_folder() / "keys")) {
        auto path = entry.path();
        const std::string stem = path.stem();
        if (path.extension() != ".key" || stem.ends_with(".enc")) continue;
        BOOST_TEST_CONTEXT(path) {
            const auto key = private_key(slurp(path));
            const auto shown = read_public_key(slurp(path.replace_extension(".pub")));
            if (stem.starts_with("rsa") || stem.starts_with("secp")) {
                BOOST_TEST(reason(key) == "unsupported");
                BOOST_TEST(reason(shown) == "unsupported");
                continue;
            }
            BOOST_REQUIRE(key);
            BOOST_REQUIRE(shown);
            BOOST_TEST((key->public_key() == *shown));
            BOOST_TEST(shown->pem() == slurp(path));
            ++pairs;
        }
    }
    BOOST_TEST(pairs > 20);
}

BOOST_AUTO_TEST_CASE(a_key_of_small_order_is_none) {
    const auto key = read_public_key(slurp(oms_folder() / "keys/ed25519-smallorder.pub"));
    BOOST_TEST(reason(key) == "bad_key");
}

BOOST_AUTO_TEST_CASE(text_around_a_key_changes_nothing) {
    const auto folder = oms_folder() / "keys";
    BOOST_TEST((public_key(folder / "p256-with-text.pub") == public_key(folder / "p256.pub")));
    // The hint that the reference writes for its own key, which has text above it.
    BOOST_TEST(public_key(oms_folder() / "upstream/keys/signing-key-pub.pem").hint() ==
               "e8450dec4eb99dae995da9af1bc2cc9f76ed669ee2e744f57abba763df3e3f8e");
}

BOOST_AUTO_TEST_CASE(signatures_of_the_reference_are_good) {
    for (const char* name : {"v01-ref-p256-dir", "v02-ref-p384-dir", "v31-high-s", "v32-ed25519",
                             "v35-pubkey-with-text", "v26-old-rawbytes"}) {
        BOOST_TEST_CONTEXT(name) { BOOST_TEST(verifies(oms_folder() / "cases" / name)); }
    }
}

BOOST_AUTO_TEST_CASE(signatures_that_only_look_good_are_not) {
    for (const char* name :
         {"e01-wrong-key", "e02-hint-spoofed", "e07-truncated-sig", "e08-sig-trailing-byte",
          "e10-nonminimal-der", "e14-no-pae", "e16-payload-swapped", "e32-p384-with-sha256",
          "e41-ed25519-s-plus-L", "e43-ed25519-prehash"}) {
        BOOST_TEST_CONTEXT(name) { BOOST_TEST(!verifies(oms_folder() / "cases" / name)); }
    }
    const auto e31 = oms_folder() / "cases/e31-secp256k1";
    const std::string key = at(parse(e31 / "case.json"), {"public_key"});
    BOOST_TEST(reason(read_public_key(slurp(e31 / key))) == "unsupported");
}

BOOST_AUTO_TEST_CASE(ed25519_signs_dsse_as_others_do) {
    const json::Value root = parse(oms_folder() / "dsse/pae-ed25519.json");
    const auto* vectors = root.find("vectors")->as<json::Array>();
    BOOST_REQUIRE(vectors != nullptr);
    for (const json::Value& vector : *vectors) {
        const auto key =
            PrivateKey::from_ed25519_seed(as_bytes(from_hex(at(vector, {"ed25519_seed_hex"}))));
        BOOST_REQUIRE(key);
        const std::string message = from_hex(at(vector, {"pae_hex"}));
        BOOST_TEST(text(key->public_key().ed25519()) ==
                   from_hex(at(vector, {"ed25519_public_hex"})));
        BOOST_TEST(text(key->sign(as_bytes(message))) == from_hex(at(vector, {"ed25519_sig_hex"})));
    }
    BOOST_TEST(!vectors->empty());
}

BOOST_AUTO_TEST_SUITE_END()
