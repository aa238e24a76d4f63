// Key files: every form that is read, and what keeps a file from being one.
#include <boost/test/unit_test.hpp>

#include "key_support.h"
#include "signing/keys/files.h"
#include "signing/keys/pem.h"

using namespace pratique;
using namespace pratique::signing;
using namespace pratique::test;

namespace {

constexpr const char* kPublicBody = "MCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=";
constexpr const char* kPrivateBody =
    "MC4CAQAwBQYDK2VwBCIEIEzNCJsoYs+W2ptsNGyMEU4PW4ofkx9arGJNps9u1PuK";

std::string block(const std::string& label, const std::string& body) {
    return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
}
std::string public_block() { return block("PUBLIC KEY", kPublicBody); }

/// A key that is there, for tests of what stands around it.
PrivateKey some_key(KeyType type = KeyType::ed25519) { return PrivateKey::generate(type); }

std::string string_of(const Secret& secret) { return std::string(text(secret.bytes())); }

std::string public_reason(const std::string& text) { return reason(read_public_key(text)); }

}  // namespace

BOOST_AUTO_TEST_SUITE(key_files)

BOOST_AUTO_TEST_CASE(no_byte_above_ascii_is_base64) {
    BOOST_TEST(bool(secret_from_base64("AAA/")));
    for (int byte = 0x7f; byte <= 0xff; ++byte) {
        const std::string bad = std::string("AAA") + static_cast<char>(byte);
        BOOST_TEST(!secret_from_base64(bad), byte);
        BOOST_TEST(!secret_from_base64("\n" + bad, "\n"), byte);
    }
}

BOOST_AUTO_TEST_CASE(pem_is_read_with_whatever_is_around_it) {
    const auto plain = read_public_key(public_block());
    BOOST_REQUIRE(plain);
    std::string crlf = "Key of\r\n" + public_block() + "\n-- \nend";
    for (std::size_t at = 0; (at = crlf.find('\n', at)) != std::string::npos; at += 2) {
        crlf.insert(at, "\r");
    }
    for (const std::string& text : {crlf, "a -----BEGIN X-----\n" + public_block(),
                                    public_block().substr(0, public_block().size() - 1)}) {
        const auto key = read_public_key(text);
        BOOST_REQUIRE(key);
        BOOST_TEST((*key == *plain));
    }
    BOOST_TEST(plain->pem() == public_block());
}

BOOST_AUTO_TEST_CASE(pem_that_could_be_read_in_two_ways_is_refused) {
    const std::string good = public_block();
    for (const std::string& text :
         {good + good, good + block("CERTIFICATE", "AAAA"),
          block("EC PARAMETERS", "BggqhkjOPQMBBw==") + good + good,
          "-----BEGIN PUBLIC KEY-----\n" + good, good.substr(0, good.find("-----END")),
          std::string("-----BEGIN PUBLIC KEY-----\n") + kPublicBody + "\n-----END KEY-----\n",
          block("PUBLIC KEY", ""), block("PUBLIC KEY", std::string(kPublicBody) + "="),
          block("PUBLIC KEY", std::string(kPublicBody) + "\n*"),
          block("PUBLIC KEY", std::string(kPublicBody) + "\nAAAA"),
          block("PUBLIC KEY", std::string(kPublicBody) + std::string(1, '\0')),
          // Bits behind the last byte.
          block("PUBLIC KEY", std::string(kPublicBody).replace(58, 1, "x")),
          block("public key", kPublicBody), block("PRIVATE KEY", kPrivateBody),
          block("CERTIFICATE", "AAAA"), std::string("-----BEGIN -----"), std::string()}) {
        BOOST_TEST_CONTEXT(text) { BOOST_TEST(public_reason(text) == "bad_key"); }
    }
    BOOST_TEST(public_reason(std::string(kMostKeyFile, '\n') + good) == "too_large");
    BOOST_TEST(public_reason(block("RSA PUBLIC KEY", "AAAA")) == "unsupported");
}

BOOST_AUTO_TEST_CASE(a_public_key_is_no_private_one) {
    BOOST_TEST(reason(private_key(public_block())) == "bad_key");
    BOOST_TEST(reason(private_key(block("CERTIFICATE", "AAAA"))) == "bad_key");
    BOOST_TEST(reason(private_key(block("RSA PRIVATE KEY", "AAAA"))) == "unsupported");
    BOOST_TEST(reason(private_key("ssh-ed25519 AAAA")) == "bad_key");
    BOOST_TEST(reason(private_key("")) == "bad_key");
    BOOST_TEST(!is_private_key(public_block()));
    BOOST_TEST(is_private_key(block("PRIVATE KEY", kPrivateBody)));
    BOOST_TEST(is_private_key(block("EC PRIVATE KEY", "AAAA")));
}

BOOST_AUTO_TEST_CASE(what_is_written_is_read) {
    for (const KeyType type : {KeyType::ed25519, KeyType::p256, KeyType::p384, KeyType::p521}) {
        const PrivateKey key = some_key(type);
        const auto plain = private_key(string_of(write_private_key(key, nullptr)));
        BOOST_REQUIRE(plain);
        BOOST_TEST((plain->public_key() == key.public_key()));
        const Secret word(as_bytes("a password"));
        const Secret file = write_private_key(key, &word);
        BOOST_TEST(text(file.bytes()).starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
        const auto opened = read_private_key(file.bytes(), password("a password"));
        BOOST_REQUIRE(opened);
        BOOST_TEST((opened->public_key() == key.public_key()));
        BOOST_TEST(text(opened->pkcs8().bytes()) == text(key.pkcs8().bytes()));
    }
}

BOOST_AUTO_TEST_CASE(another_password_does_not_open_a_key) {
    const Secret word(as_bytes("a password"));
    const Secret file = write_private_key(some_key(), &word);
    BOOST_TEST(reason(read_private_key(file.bytes(), password("A password"))) == "wrong_password");
    BOOST_TEST(reason(read_private_key(file.bytes(), password(""))) == "wrong_password");
    BOOST_TEST(reason(read_private_key(file.bytes(), no_password)) == "wrong_password");
    // Nothing is written twice under one salt.
    BOOST_TEST(string_of(file) != string_of(write_private_key(some_key(), &word)));
}

BOOST_AUTO_TEST_CASE(ec_keys_of_openssl_are_read) {
    // By openssl ecparam -name prime256v1 -genkey, which writes both blocks.
    const std::string parameters = block("EC PARAMETERS", "BggqhkjOPQMBBw==");
    const std::string key = block("EC PRIVATE KEY",
                                  "MHcCAQEEINm4yI5VZiufRyU+quXpIZoDtQK64ocBHn1d7YFway+"
                                  "OoAoGCCqGSM49AwEHoUQDQgAEo036RPXWPMHNchpqpT7WlB784kh17UAb/"
                                  "PqdjihD4CpPRk2bSphPrMj7lT8kgBON9wX8Ib0hYvkRSqW4O9f4ng==");
    const auto read = private_key(parameters + key);
    BOOST_REQUIRE(read);
    BOOST_TEST((read->type() == KeyType::p256));
    BOOST_TEST(read->public_key().id() ==
               "9ab1509ab0b80c29dd485e066f1a09fd69b367ff051371c3e6437c8a6afae013");
    BOOST_TEST(reason(private_key(key)).empty());
    BOOST_TEST(reason(private_key(block("EC PRIVATE KEY",
                                        "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n"
                                        "AAAA"))) == "unsupported");
    BOOST_TEST(reason(private_key(parameters)) == "bad_key");
}

BOOST_AUTO_TEST_CASE(errors_hold_nothing_of_the_file) {
    const std::string secret = "c2VjcmV0IHNlY3JldA";
    for (const char* label :
         {"PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY"}) {
        const auto key = private_key(block(label, secret + "=="));
        BOOST_REQUIRE(!key);
        BOOST_TEST(describe(key.error()).find("secret") == std::string::npos);
        BOOST_TEST(describe(key.error()).find(secret) == std::string::npos);
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(key_files_of_others, *boost::unit_test::precondition(has_vectors))

BOOST_AUTO_TEST_CASE(encrypted_keys_of_openssl_are_read) {
    const auto keys = oms_folder() / "keys";
    const auto detached = oms_folder() / "detached";
    for (const auto& [encrypted, shown] :
         {std::pair{keys / "ed25519.enc.key", keys / "ed25519.pub"},
          std::pair{keys / "p256.enc.key", keys / "p256.pub"},
          std::pair{detached / "ossl_ed25519.enc-pbkdf2.key", detached / "ossl_ed25519.pub"},
          std::pair{detached / "ossl_ed25519.enc-scrypt.key", detached / "ossl_ed25519.pub"}}) {
        BOOST_TEST_CONTEXT(encrypted) {
            const std::string file = slurp(encrypted);
            const auto key = read_private_key(as_bytes(file), password("test-password"));
            BOOST_REQUIRE(key);
            BOOST_TEST(key->public_key().pem() == slurp(shown));
            BOOST_TEST(reason(read_private_key(as_bytes(file), password("test"))) ==
                       "wrong_password");
            BOOST_TEST(is_private_key(file));
        }
    }
}

BOOST_AUTO_TEST_CASE(keys_of_minisign_and_signify_are_read) {
    const auto folder = oms_folder() / "detached";
    const std::string shown = slurp(folder / "minisign.pub");
    const auto key = read_public_key(shown);
    const auto secret = private_key(slurp(folder / "minisign-nopw.key"));
    BOOST_REQUIRE(key);
    BOOST_REQUIRE_MESSAGE(secret, reason(secret));
    BOOST_TEST((secret->public_key() == *key));
    const std::string line = shown.substr(shown.find('\n') + 1);
    BOOST_TEST(reason(read_public_key(line)).empty());
    BOOST_TEST(reason(read_public_key(slurp(folder / "signify.pub"))).empty());
    BOOST_TEST(public_reason(slurp(folder / "minisign-nopw.key")) == "bad_key");
    BOOST_TEST(public_reason(shown + line) == "bad_key");
    BOOST_TEST(reason(private_key(shown)) == "bad_key");
    BOOST_TEST(reason(private_key(slurp(folder / "signify.sec"))) == "bad_key");
    BOOST_TEST(is_private_key(slurp(folder / "minisign-nopw.key")));
    BOOST_TEST(!is_private_key(shown));
}

BOOST_AUTO_TEST_CASE(keys_of_openssh_are_read) {
    const auto folder = oms_folder() / "detached";
    const auto key = read_public_key(slurp(folder / "ssh_ed25519.pub"));
    const auto secret = private_key(slurp(folder / "ssh_ed25519"));
    BOOST_REQUIRE(key);
    BOOST_REQUIRE_MESSAGE(secret, reason(secret));
    BOOST_TEST((secret->public_key() == *key));
    BOOST_TEST(!is_private_key(slurp(folder / "ssh_ed25519.pub")));
}

BOOST_AUTO_TEST_SUITE_END()
