// Private keys under a password: what a file may ask for, and that nothing is done before that is
// known.
#include "signing/keys/encrypted.h"

#include <sodium.h>

#include <boost/test/unit_test.hpp>

#include "key_support.h"
#include "signing/keys/der.h"
#include "signing/keys/minisign.h"
#include "signing/openssl.h"

using namespace pratique;
using namespace pratique::signing;
using namespace pratique::test;

namespace {

// The content of the OBJECT IDENTIFIERs.
constexpr const char* kPbes2 = "2a864886f70d01050d";
constexpr const char* kPbkdf2 = "2a864886f70d01050c";
constexpr const char* kScrypt = "2b06010401da47040b";
constexpr const char* kAes128 =
    "60864801650304010"
    "2";
constexpr const char* kAes256 = "60864801650304012a";
constexpr const char* kDes3 = "2a864886f70d0307";

std::string tlv(unsigned char tag, const std::string& content) {
    const Secret made = der::value(der::Tag{tag}, {as_bytes(content)});
    return std::string(text(made.bytes()));
}
std::string sequence(const std::string& content) { return tlv(0x30, content); }
std::string id(const char* digits) { return tlv(0x06, from_hex(digits)); }
std::string octets(const std::string& content) { return tlv(0x04, content); }
std::string number(std::uint64_t value) { return std::string(text(der::number(value).bytes())); }

/// An encrypted key in parts, each of which can be replaced; what it holds is noise.
struct Parts {
    std::string scheme = id(kPbes2);
    std::string hash = id(kPbkdf2);
    std::string numbers = octets("saltsalt") + number(1);
    std::string cipher = id(kAes256) + octets(std::string(16, 'i'));
    std::string content = octets(std::string(32, 'x'));
    std::string behind = {};

    std::string file() const {
        return sequence(
            sequence(scheme + sequence(sequence(hash + sequence(numbers)) + sequence(cipher))) +
            content + behind);
    }
};

/// The reason of the refusal, with an asterisk where the password was asked for before.
std::string outcome(const Parts& parts) {
    bool asked = false;
    const auto plain = decrypt_pkcs8(as_bytes(parts.file()), [&] {
        asked = true;
        return password("word")();
    });
    return reason(plain) + (asked ? "*" : "");
}

std::string pbkdf2(const std::string& numbers) { return outcome({.numbers = numbers}); }
std::string scrypt(std::uint64_t n, std::uint64_t r, std::uint64_t p,
                   const std::string& behind = {}) {
    return outcome({.hash = id(kScrypt),
                    .numbers = octets("saltsalt") + number(n) + number(r) + number(p) + behind});
}

std::string little_endian(std::uint64_t value) {
    std::string out;
    for (int i = 0; i < 8; ++i, value >>= 8U) out += static_cast<char>(value & 0xffU);
    return out;
}

/// A secret key file of minisign, with any limits in it.
std::string minisign_file(std::uint64_t operations, std::uint64_t memory,
                          const std::string& word = "word", char flip = 0) {
    const auto key = PrivateKey::from_ed25519_seed(as_bytes(std::string(32, 's')));
    const std::string number = "12345678";
    std::string opened = number + std::string(32, 's');
    opened += text(key->public_key().ed25519());
    std::string sum(32, '\0');
    const std::string summed = "Ed" + opened;
    crypto_generichash(reinterpret_cast<unsigned char*>(sum.data()), sum.size(),
                       reinterpret_cast<const unsigned char*>(summed.data()), summed.size(),
                       nullptr, 0);
    opened += sum;
    opened[40] = static_cast<char>(opened[40] ^ flip);
    const std::string salt(32, '#');
    std::string stream(opened.size(), '\0');
    BOOST_REQUIRE(crypto_pwhash_scryptsalsa208sha256(
                      reinterpret_cast<unsigned char*>(stream.data()), stream.size(), word.data(),
                      word.size(), reinterpret_cast<const unsigned char*>(salt.data()), 32768,
                      1 << 24) == 0);
    for (std::size_t i = 0; i < opened.size(); ++i) {
        opened[i] = static_cast<char>(opened[i] ^ stream[i]);
    }
    const std::string all =
        "EdScB2" + salt + little_endian(operations) + little_endian(memory) + opened;
    std::string base64(sodium_base64_ENCODED_LEN(all.size(), sodium_base64_VARIANT_ORIGINAL), 0);
    sodium_bin2base64(base64.data(), base64.size(),
                      reinterpret_cast<const unsigned char*>(all.data()), all.size(),
                      sodium_base64_VARIANT_ORIGINAL);
    base64.pop_back();
    return "untrusted comment: key\n" + base64 + "\n";
}

std::string minisign(const std::string& file, const AskPassword& ask) {
    return reason(read_private_key(as_bytes(file), ask));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(encrypted)

BOOST_AUTO_TEST_CASE(the_work_is_capped_before_it_is_done) {
    BOOST_TEST(outcome({}) == "wrong_password*");
    BOOST_TEST(pbkdf2(octets("s") + number(kMostIterations + 1)) == "unsupported");
    BOOST_TEST(pbkdf2(octets("s") + number(~std::uint64_t{0})) == "bad_key");
    BOOST_TEST(pbkdf2(octets("s") + number(0)) == "bad_key");
    BOOST_TEST(pbkdf2(octets("s") + std::string("\x02\x01\xff", 3)) == "bad_key");
    BOOST_TEST(scrypt(16384, 8, 1) == "wrong_password*");
    // More than the 32 MiB that OpenSSL allows by itself.
    BOOST_TEST(scrypt(131072, 8, 1) == "wrong_password*");
    BOOST_TEST(scrypt(262144, 8, 1) == "wrong_password*");
    BOOST_TEST(scrypt(524288, 8, 1) == "unsupported");
    BOOST_TEST(scrypt(16384, 8, 17) == "unsupported");
    BOOST_TEST(scrypt(std::uint64_t{1} << 62, 8, 1) == "unsupported");
    BOOST_TEST(scrypt(2, std::uint64_t{1} << 62, 1) == "unsupported");
    BOOST_TEST(scrypt(2, 1, std::uint64_t{1} << 62) == "unsupported");
    BOOST_TEST(scrypt(16383, 8, 1) == "bad_key");
    BOOST_TEST(scrypt(1, 8, 1) == "bad_key");
    BOOST_TEST(scrypt(0, 8, 1) == "bad_key");
    BOOST_TEST(scrypt(16384, 0, 1) == "bad_key");
    BOOST_TEST(scrypt(16384, 8, 0) == "bad_key");
    // A pair that RFC 7914 forbids, within the caps.
    BOOST_TEST(scrypt(65536, 1, 1) == "unsupported*");
}

BOOST_AUTO_TEST_CASE(weak_schemes_are_not_read) {
    // PBES1 with MD5 and DES, PKCS#12 with 3DES, PBES2 with 3DES, a hash that is not known.
    BOOST_TEST(outcome({.scheme = id("2a864886f70d010503")}) == "unsupported");
    BOOST_TEST(outcome({.scheme = id("2a864886f70d010c0103")}) == "unsupported");
    BOOST_TEST(outcome({.cipher = id(kDes3) + octets("iviviviv")}) == "unsupported");
    BOOST_TEST(outcome({.hash = id(kPbes2)}) == "unsupported");
    const std::string salted = octets("s") + number(1);
    BOOST_TEST(pbkdf2(salted + sequence(id("2a864886f70d0205"))) == "unsupported");
    for (const char* prf :
         {"2a864886f70d0207", "2a864886f70d0209", "2a864886f70d020a", "2a864886f70d020b"}) {
        BOOST_TEST(pbkdf2(salted + sequence(id(prf) + tlv(0x05, ""))) == "wrong_password*");
    }
}

BOOST_AUTO_TEST_CASE(a_file_says_everything_once) {
    const std::string salted = octets("s") + number(1);
    BOOST_TEST(pbkdf2(salted + number(32)) == "wrong_password*");
    BOOST_TEST(pbkdf2(salted + number(16)) == "bad_key");
    BOOST_TEST(scrypt(16384, 8, 1, number(16)) == "bad_key");
    BOOST_TEST(scrypt(16384, 8, 1, number(32) + number(32)) == "bad_key");
    BOOST_TEST(pbkdf2(salted + sequence(id("2a864886f70d0209")) + number(1)) == "bad_key");
    BOOST_TEST(outcome({.behind = number(1)}) == "bad_key");
    BOOST_TEST(outcome({.cipher = id(kAes256) + octets("short")}) == "bad_key");
    BOOST_TEST(outcome({.cipher = id(kAes128) + octets(std::string(16, 'i'))}) ==
               "wrong_password*");
    BOOST_TEST(outcome({.content = octets(std::string(31, 'x'))}) == "bad_key");
    BOOST_TEST(outcome({.content = octets("")}) == "bad_key");
    BOOST_TEST(pbkdf2(octets("") + number(1)) == "bad_key");
    BOOST_TEST(pbkdf2(octets(std::string(2000, 's')) + number(1)) == "bad_key");
}

BOOST_AUTO_TEST_CASE(what_is_written_asks_for_600000_iterations) {
    const Secret word(as_bytes("word"));
    const Secret file = encrypt_pkcs8(as_bytes("\x30\x03\x02\x01\x07"), word);
    BOOST_TEST(text(file.bytes()).find(number(600'000)) != std::string::npos);
    const auto opened = decrypt_pkcs8(file.bytes(), password("word"));
    BOOST_REQUIRE(opened);
    BOOST_TEST(text(opened->bytes()) == "\x30\x03\x02\x01\x07");
}

BOOST_AUTO_TEST_CASE(secret_keys_of_minisign_have_limits_and_a_checksum) {
    BOOST_TEST(minisign(minisign_file(32768, 1 << 24), password("word")).empty());
    BOOST_TEST(minisign(minisign_file(32768, 1 << 24), password("wort")) == "wrong_password");
    BOOST_TEST(minisign(minisign_file(32768, 1 << 24), no_password) == "wrong_password");
    BOOST_TEST(minisign(minisign_file(32768, 1 << 24, "word", 1), password("word")) ==
               "wrong_password");
    const auto unasked = []() -> Judged<Secret> {
        BOOST_ERROR("the password was asked for");
        return no_password();
    };
    BOOST_TEST(minisign(minisign_file((1 << 25) + 1, 1 << 24), unasked) == "unsupported");
    BOOST_TEST(minisign(minisign_file(32768, (1 << 30) + 1), unasked) == "unsupported");
    std::string cut = minisign_file(32768, 1 << 24);
    BOOST_TEST(minisign(cut.substr(0, cut.size() - 5) + "\n", unasked) == "bad_key");
    BOOST_TEST(minisign(cut + "AAAA\n", unasked) == "bad_key");
}

BOOST_AUTO_TEST_SUITE_END()
