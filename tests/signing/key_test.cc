#include "signing/keys/key.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "base/text.h"
#include "key_support.h"
#include "signing/keys/encoding.h"

using namespace pratique;
using namespace pratique::signing;
using namespace pratique::test;

namespace {

constexpr std::array kTypes{KeyType::ed25519, KeyType::p256, KeyType::p384, KeyType::p521};

// RFC 8032, section 7.1, test 2.
const std::string kSeed =
    from_hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
const std::string kPublic =
    from_hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
const std::string kSignature = from_hex(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
const std::string kSpkiEd25519 = from_hex("302a300506032b6570032100");
const std::string kPkcs8Ed25519 = from_hex("302e020100300506032b657004220420");
const std::string kSpkiP256 = from_hex("3059301306072a8648ce3d020106082a8648ce3d030107034200");
// The base point of P-256, as SEC 2 prints it.
const std::string kX = from_hex("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296");
const std::string kY = from_hex("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5");

std::string der(unsigned char tag, const std::string& content) {
    std::string out(1, static_cast<char>(tag));
    if (content.size() >= 0x80) out += '\x81';
    return out + static_cast<char>(content.size()) + content;
}

Judged<PublicKey> from_spki(const std::string& bytes) {
    return PublicKey::from_spki(as_bytes(bytes));
}
Judged<PrivateKey> from_pkcs8(const std::string& bytes) {
    return PrivateKey::from_pkcs8(as_bytes(bytes));
}

/// PKCS#8 of P-256 with a private key of our choice.
std::string pkcs8_p256(const std::string& scalar, const std::string& rest = {}) {
    const std::string sec1 = der(0x30, from_hex("020101") + der(0x04, scalar) + rest);
    return der(0x30,
               from_hex("020100301306072a8648ce3d020106082a8648ce3d030107") + der(0x04, sec1));
}

std::string number(unsigned char last) {
    std::string out(32, '\0');
    out.back() = static_cast<char>(last);
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(key)

BOOST_AUTO_TEST_CASE(ed25519_signs_as_rfc_8032_does) {
    const auto key = PrivateKey::from_ed25519_seed(as_bytes(kSeed));
    BOOST_REQUIRE(key);
    BOOST_TEST(text(key->public_key().ed25519()) == kPublic);
    const std::string message = "\x72";
    BOOST_TEST(text(key->sign(as_bytes(message))) == kSignature);
    BOOST_TEST(key->public_key().verify(as_bytes(message), as_bytes(kSignature)));
    BOOST_TEST(!key->public_key().verify(as_bytes("s"), as_bytes(kSignature)));
    BOOST_TEST(text(key->public_key().spki()) == kSpkiEd25519 + kPublic);
    BOOST_TEST(text(key->pkcs8().bytes()) == kPkcs8Ed25519 + kSeed);
}

BOOST_AUTO_TEST_CASE(every_type_signs_and_comes_back_from_its_file) {
    for (const KeyType type : kTypes) {
        BOOST_TEST_CONTEXT(name(type)) {
            const PrivateKey key = PrivateKey::generate(type);
            BOOST_TEST((key.type() == type));
            auto signature = key.sign(as_bytes("message"));
            const auto again = PrivateKey::from_pkcs8(key.pkcs8().bytes());
            const auto known = PublicKey::from_spki(key.public_key().spki());
            BOOST_REQUIRE((again && known));
            BOOST_TEST((again->public_key() == *known));
            BOOST_TEST(again->public_key().id() == key.public_key().id());
            BOOST_TEST(text(again->pkcs8().bytes()) == text(key.pkcs8().bytes()));
            BOOST_TEST(known->verify(as_bytes("message"), signature));
            BOOST_TEST(known->verify(as_bytes("message"), again->sign(as_bytes("message"))));
            BOOST_TEST(!known->verify(as_bytes("massage"), signature));
            BOOST_TEST(!known->verify(as_bytes("message"), {}));
            signature.push_back(std::byte{0});
            BOOST_TEST(!known->verify(as_bytes("message"), signature));
            signature.pop_back();
            signature.back() ^= std::byte{1};
            BOOST_TEST(!known->verify(as_bytes("message"), signature));
            const PrivateKey other = PrivateKey::generate(type);
            BOOST_TEST(
                !other.public_key().verify(as_bytes("message"), key.sign(as_bytes("message"))));
            BOOST_TEST((other.public_key() != key.public_key()));
        }
    }
}

BOOST_AUTO_TEST_CASE(ids_are_sha256_of_der_and_of_pem) {
    const auto key = from_spki(kSpkiEd25519 + kPublic);
    BOOST_REQUIRE(key);
    // By openssl pkey -pubin -outform DER | sha256sum, and -outform PEM.
    BOOST_TEST(key->pem() ==
               "-----BEGIN PUBLIC KEY-----\n"
               "MCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\n"
               "-----END PUBLIC KEY-----\n");
    BOOST_TEST(key->id() == "deb2ded39dc26fce0e6085b6fc34bf6b5941913bbfe2ea614113cff9e004c170");
    BOOST_TEST(key->hint() == "bf019c455f05e75ce74ca02a55a4b88bab561f85a76555d8281a79f7c2985233");
}

BOOST_AUTO_TEST_CASE(ed25519_points_that_prove_nothing_are_no_keys) {
    const std::string zero(31, '\0');
    for (const std::string& point :
         {'\1' + zero,                  // the identity
          std::string(1, '\0') + zero,  // order 4
          from_hex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),  // order 2
          from_hex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),  // order 8
          from_hex("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),  // p + 1
          '\2' + zero,  // not on the curve
          kPublic.substr(1), kPublic + '\0', std::string()}) {
        BOOST_TEST_CONTEXT(hex(as_bytes(point))) {
            BOOST_TEST(reason(PublicKey::from_ed25519(as_bytes(point))) == "bad_key");
            BOOST_TEST(!from_spki(der(0x30, from_hex("300506032b6570") + der(0x03, '\0' + point))));
        }
    }
}

BOOST_AUTO_TEST_CASE(ed25519_signatures_have_one_form) {
    const auto key = PublicKey::from_ed25519(as_bytes(kPublic));
    BOOST_REQUIRE(key);
    // s + L, with L the order of the group, in little-endian.
    const std::string order =
        from_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    std::string forged = kSignature;
    unsigned carry = 0;
    for (std::size_t i = 0; i < 32; ++i) {
        carry += static_cast<unsigned char>(forged[32 + i]);
        carry += static_cast<unsigned char>(order[i]);
        forged[32 + i] = static_cast<char>(carry & 0xffU);
        carry >>= 8U;
    }
    BOOST_TEST(!key->verify(as_bytes("\x72"), as_bytes(forged)));
    BOOST_TEST(key->verify(as_bytes("\x72"), as_bytes(kSignature)));
}

BOOST_AUTO_TEST_CASE(ecdsa_signatures_have_one_encoding) {
    const PrivateKey key = PrivateKey::generate(KeyType::p256);
    const auto made = key.sign(as_bytes("m"));
    const std::string signature(text(made));
    const auto accepts = [&](const std::string& other) {
        return key.public_key().verify(as_bytes("m"), as_bytes(other));
    };
    BOOST_TEST(accepts(signature));
    const auto length = static_cast<unsigned char>(signature[1]);
    const auto inside = [](std::size_t size) { return static_cast<char>(size); };
    // The length in two bytes, an r with a zero too many, a trailing NULL inside.
    BOOST_TEST(!accepts(std::string("\x30\x81") + inside(length) + signature.substr(2)));
    const auto r = static_cast<unsigned char>(signature[3]);
    BOOST_TEST(!accepts("\x30" + std::string(1, inside(std::size_t{length} + 1)) + "\x02" +
                        inside(std::size_t{r} + 1) + '\0' + signature.substr(4)));
    BOOST_TEST(!accepts("\x30" + std::string(1, inside(std::size_t{length} + 2)) +
                        signature.substr(2) + std::string("\x05\x00", 2)));
    // r || s, which other formats have.
    BOOST_TEST(!accepts(std::string(64, '\1')));
}

BOOST_AUTO_TEST_CASE(a_point_has_one_id_however_it_is_written) {
    const auto whole = from_spki(kSpkiP256 + "\x04" + kX + kY);
    BOOST_REQUIRE(whole);
    const std::string head = from_hex("301306072a8648ce3d020106082a8648ce3d030107");
    const auto packed = from_spki(der(0x30, head + der(0x03, '\0' + ("\x03" + kX))));
    BOOST_REQUIRE(packed);
    BOOST_TEST(packed->id() == whole->id());
    BOOST_TEST((*packed == *whole));
    BOOST_TEST(text(packed->spki()) == kSpkiP256 + "\x04" + kX + kY);
    // The other point of that x, the mixed form, one off the curve, infinity, one too short.
    BOOST_TEST((*from_spki(der(0x30, head + der(0x03, '\0' + ("\x02" + kX)))) != *whole));
    for (const std::string& point : {"\x07" + kX + kY, "\x04" + kX + kX, std::string(1, '\0'),
                                     "\x04" + kX + kY.substr(1), std::string()}) {
        BOOST_TEST(reason(from_spki(der(0x30, head + der(0x03, '\0' + point)))) == "bad_key");
    }
}

BOOST_AUTO_TEST_CASE(other_algorithms_and_curves_are_named) {
    const auto spki = [](const char* algorithm, const std::string& key) {
        return der(0x30, der(0x30, from_hex(algorithm)) + der(0x03, '\0' + key));
    };
    for (const char* algorithm : {"06092a864886f70d0101010500",          // RSA
                                  "06032b6571",                          // Ed448
                                  "06072a8648ce3d020106052b8104000a",    // secp256k1
                                  "06072a8648ce3d02013006020101300102"}  // a description
    ) {
        BOOST_TEST(reason(from_spki(spki(algorithm, "\x04" + kX + kY))) == "unsupported");
    }
    BOOST_TEST(reason(from_spki(spki("06032b65700500", kPublic))) == "bad_key");
    BOOST_TEST(reason(from_spki(spki("06072a8648ce3d0201", kPublic))) == "bad_key");
}

BOOST_AUTO_TEST_CASE(der_is_strict) {
    const std::string good = kSpkiEd25519 + kPublic;
    for (const std::string& broken :
         {good + '\0', good.substr(0, 43), std::string(), std::string("\x30"),
          "\x30\x81\x2a" + good.substr(2), "\x30\x80" + good.substr(2) + std::string(2, '\0'),
          "\x31" + good.substr(1), good.substr(0, 11) + '\1' + kPublic,
          der(0x30, good.substr(2) + std::string("\x05\x00", 2))}) {
        BOOST_TEST_CONTEXT(hex(as_bytes(broken))) {
            BOOST_TEST(reason(from_spki(broken)) == "bad_key");
        }
    }
    const std::string pkcs8 = kPkcs8Ed25519 + kSeed;
    BOOST_TEST(reason(from_pkcs8(pkcs8)).empty());
    for (std::size_t i = 0; i < pkcs8.size(); ++i) {
        BOOST_TEST(!from_pkcs8(pkcs8.substr(0, i)));
    }
    BOOST_TEST(!from_pkcs8(pkcs8 + '\0'));
    BOOST_TEST(!from_pkcs8("\x30\x2e\x02\x01\x02" + pkcs8.substr(5)));
    BOOST_TEST(!from_pkcs8("\x30\x2f\x02\x02\x00\x00" + pkcs8.substr(5)));
}

BOOST_AUTO_TEST_CASE(a_private_key_lies_in_the_range_of_its_curve) {
    const std::string order =
        from_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    const auto one = from_pkcs8(pkcs8_p256(number(1)));
    BOOST_REQUIRE(one);
    BOOST_TEST(text(one->public_key().spki()) == kSpkiP256 + "\x04" + kX + kY);
    BOOST_TEST(reason(from_pkcs8(pkcs8_p256(number(0)))) == "bad_key");
    BOOST_TEST(reason(from_pkcs8(pkcs8_p256(order))) == "bad_key");
    BOOST_TEST(reason(from_pkcs8(pkcs8_p256(order.substr(0, 31) + '\x50'))).empty());
    BOOST_TEST(reason(from_pkcs8(pkcs8_p256(std::string(32, '\xff')))) == "bad_key");
    BOOST_TEST(reason(from_pkcs8(pkcs8_p256(number(1).substr(1)))) == "bad_key");
}

BOOST_AUTO_TEST_CASE(a_private_key_beside_a_foreign_public_key_is_refused) {
    const auto point = [](const std::string& bytes) { return der(0xa1, der(0x03, '\0' + bytes)); };
    BOOST_TEST(reason(from_pkcs8(pkcs8_p256(number(1), point("\x04" + kX + kY)))).empty());
    BOOST_TEST(reason(from_pkcs8(pkcs8_p256(number(1), point("\x03" + kX)))).empty());
    BOOST_TEST(reason(from_pkcs8(pkcs8_p256(number(2), point("\x04" + kX + kY)))) == "bad_key");
    BOOST_TEST(reason(from_pkcs8(pkcs8_p256(number(1), point("\x02" + kX)))) == "bad_key");
    const std::string p384 = der(0xa0, from_hex("06052b81040022"));
    BOOST_TEST(reason(from_pkcs8(pkcs8_p256(number(1), p384))) == "bad_key");
    // The second version of PKCS#8, with the public key behind.
    const auto v2 = [](const std::string& key, char version) {
        return der(0x30, std::string("\x02\x01", 2) + version + (kPkcs8Ed25519 + kSeed).substr(5) +
                             der(0x81, '\0' + key));
    };
    BOOST_TEST(reason(from_pkcs8(v2(kPublic, 1))).empty());
    BOOST_TEST(reason(from_pkcs8(v2(kPublic, 0))) == "bad_key");
    const auto other = PrivateKey::generate(KeyType::ed25519);
    BOOST_TEST(reason(from_pkcs8(v2(std::string(text(other.public_key().ed25519())), 1))) ==
               "bad_key");
}

BOOST_AUTO_TEST_SUITE_END()
