#include "signing/keys/encrypted.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <optional>
#include <variant>

#include "signing/keys/der.h"
#include "signing/openssl.h"

namespace pratique::signing {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kPbes2 = "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d"sv;
constexpr std::string_view kPbkdf2 = "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c"sv;
constexpr std::string_view kScrypt = "\x2b\x06\x01\x04\x01\xda\x47\x04\x0b"sv;
constexpr std::string_view kAes256Cbc = "\x60\x86\x48\x01\x65\x03\x04\x01\x2a"sv;
constexpr std::string_view kHmacSha256 = "\x2a\x86\x48\x86\xf7\x0d\x02\x09"sv;
constexpr std::size_t kBlock = 16;
constexpr std::size_t kMostSalt = 1024;

struct Cipher {
    std::string_view id;
    const EVP_CIPHER* (*algorithm)();
    std::size_t key_size;
};
constexpr std::array kCiphers{
    Cipher{"\x60\x86\x48\x01\x65\x03\x04\x01\x02"sv, EVP_aes_128_cbc, 16},
    Cipher{"\x60\x86\x48\x01\x65\x03\x04\x01\x16"sv, EVP_aes_192_cbc, 24},
    Cipher{kAes256Cbc, EVP_aes_256_cbc, 32},
};

struct Prf {
    std::string_view id;
    const EVP_MD* (*digest)();
};
/// SHA-1 is what PBKDF2 means where nothing is said; inside of HMAC it still holds.
constexpr std::array kPrfs{
    Prf{"\x2a\x86\x48\x86\xf7\x0d\x02\x07"sv, EVP_sha1},
    Prf{kHmacSha256, EVP_sha256},
    Prf{"\x2a\x86\x48\x86\xf7\x0d\x02\x0a"sv, EVP_sha384},
    Prf{"\x2a\x86\x48\x86\xf7\x0d\x02\x0b"sv, EVP_sha512},
};

template <class Table>
auto find(const Table& table, Bytes id) -> const typename Table::value_type* {
    const auto* found = std::find_if(table.begin(), table.end(),
                                     [&](const auto& row) { return row.id == text(id); });
    return found == table.end() ? nullptr : found;
}

Refusal bad(const char* what) { return {Reason::bad_key, "", what}; }
Refusal unsupported(const char* what) { return {Reason::unsupported, "", what}; }

struct Pbkdf2 {
    int iterations = 0;
    const Prf* prf = nullptr;
};
struct Scrypt {
    std::uint64_t n = 0;
    std::uint64_t r = 0;
    std::uint64_t p = 0;
};
struct Scheme {
    Bytes salt;
    std::variant<Pbkdf2, Scrypt> stretch;
    std::optional<std::uint64_t> key_size;  // as the file says it
    const Cipher* cipher = nullptr;
    Bytes iv;
};

Judged<const Prf*> take_prf(Reader& outer) {
    Reader in = TRY(der::enter(outer, der::kSequence));
    const Prf* prf = find(kPrfs, TRY(der::take(in, der::kObjectId)));
    if (prf == nullptr) return unsupported("a password hash other than HMAC with SHA-1 or SHA-2");
    if (der::next_is(in, der::kNull)) TRY(der::take(in, der::kNull));
    TRY(der::end(in));
    return prf;
}

Judged<void> take_pbkdf2(Reader& in, Scheme& scheme) {
    scheme.salt = TRY(der::take(in, der::kOctetString));
    const std::uint64_t iterations = TRY(der::take_number(in));
    if (iterations == 0) return bad("a password that is not stretched at all");
    if (iterations > kMostIterations) return unsupported("more than 10 million iterations");
    if (der::next_is(in, der::kInteger)) scheme.key_size = TRY(der::take_number(in));
    const Prf* prf = in.at_end() ? kPrfs.data() : TRY(take_prf(in));
    scheme.stretch = Pbkdf2{static_cast<int>(iterations), prf};
    return der::end(in);
}

Judged<void> take_scrypt(Reader& in, Scheme& scheme) {
    scheme.salt = TRY(der::take(in, der::kOctetString));
    Scrypt scrypt;
    scrypt.n = TRY(der::take_number(in));
    scrypt.r = TRY(der::take_number(in));
    scrypt.p = TRY(der::take_number(in));
    const bool power = scrypt.n >= 2 && (scrypt.n & (scrypt.n - 1)) == 0;
    if (!power || scrypt.r == 0 || scrypt.p == 0) return bad("numbers that scrypt does not take");
    // In three steps, none of which can overflow.
    const std::uint64_t most = kMostScrypt / 128;
    if (scrypt.n > most || scrypt.r > most / scrypt.n || scrypt.p > most / scrypt.n / scrypt.r) {
        return unsupported("a password hash by scrypt of more than 256 MiB");
    }
    if (der::next_is(in, der::kInteger)) scheme.key_size = TRY(der::take_number(in));
    scheme.stretch = scrypt;
    return der::end(in);
}

Judged<void> take_stretch(Reader& outer, Scheme& scheme) {
    Reader in = TRY(der::enter(outer, der::kSequence));
    const Bytes id = TRY(der::take(in, der::kObjectId));
    const bool is_pbkdf2 = text(id) == kPbkdf2;
    if (!is_pbkdf2 && text(id) != kScrypt) {
        return unsupported("a password hash other than PBKDF2 and scrypt");
    }
    Reader numbers = TRY(der::enter(in, der::kSequence));
    TRY(der::end(in));
    return is_pbkdf2 ? take_pbkdf2(numbers, scheme) : take_scrypt(numbers, scheme);
}

Judged<void> take_cipher(Reader& outer, Scheme& scheme) {
    Reader in = TRY(der::enter(outer, der::kSequence));
    scheme.cipher = find(kCiphers, TRY(der::take(in, der::kObjectId)));
    if (scheme.cipher == nullptr) return unsupported("a key under another cipher than AES-CBC");
    scheme.iv = TRY(der::take(in, der::kOctetString));
    if (scheme.iv.size() != kBlock) return bad("an initialisation vector of the wrong length");
    return der::end(in);
}

Judged<Scheme> take_scheme(Reader& outer) {
    Reader in = TRY(der::enter(outer, der::kSequence));
    if (text(TRY(der::take(in, der::kObjectId))) != kPbes2) {
        return unsupported(
            "an old way to encrypt keys, which is weak; openssl pkcs8 -topk8 -v2 "
            "aes-256-cbc writes the new one");
    }
    Reader both = TRY(der::enter(in, der::kSequence));
    TRY(der::end(in));
    Scheme out;
    TRY(take_stretch(both, out));
    TRY(take_cipher(both, out));
    TRY(der::end(both));
    if (out.salt.empty() || out.salt.size() > kMostSalt) return bad("a salt of a strange length");
    if (out.key_size && *out.key_size != out.cipher->key_size) return bad("two lengths of a key");
    return out;
}

Judged<Secret> derive(const Scheme& scheme, const Secret& password) {
    Secret key(scheme.cipher->key_size);
    unsigned char* out = raw_writable(key.writable());
    const char* word = characters(password.bytes());
    if (const auto* pbkdf2 = std::get_if<Pbkdf2>(&scheme.stretch)) {
        must(PKCS5_PBKDF2_HMAC(word, static_cast<int>(password.size()), raw(scheme.salt),
                               static_cast<int>(scheme.salt.size()), pbkdf2->iterations,
                               pbkdf2->prf->digest(), static_cast<int>(key.size()), out) == 1);
        return key;
    }
    const auto& scrypt = std::get<Scrypt>(scheme.stretch);
    // OpenSSL's own cap is 32 MiB; it counts a little more than is counted above. It has bounds
    // on how N and r go together, too.
    if (EVP_PBE_scrypt(word, password.size(), raw(scheme.salt), scheme.salt.size(), scrypt.n,
                       scrypt.r, scrypt.p, 2 * kMostScrypt, out, key.size()) != 1) {
        return unsupported("numbers that scrypt does not take, or too little memory for them");
    }
    return key;
}

enum class Way : std::uint8_t { decrypt = 0, encrypt = 1 };

/// Nothing if the padding is not one.
std::optional<Secret> run_cipher(Way way, const Scheme& scheme, const Secret& key, Bytes in) {
    const EvpCipherContext context(EVP_CIPHER_CTX_new());
    must(context != nullptr);
    must(EVP_CipherInit_ex2(context.get(), scheme.cipher->algorithm(), raw(key.bytes()),
                            raw(scheme.iv), static_cast<int>(way), nullptr) == 1);
    Secret out(in.size() + kBlock);
    int size = 0;
    must(EVP_CipherUpdate(context.get(), raw_writable(out.writable()), &size, raw(in),
                          static_cast<int>(in.size())) == 1);
    const auto done = static_cast<std::size_t>(size);
    if (EVP_CipherFinal_ex(context.get(), raw_writable(out.writable().subspan(done)), &size) != 1) {
        return std::nullopt;
    }
    return out.first(done + static_cast<std::size_t>(size));
}

/// True if this is one SEQUENCE, as every PrivateKeyInfo is and noise is not.
bool is_sequence(Bytes bytes) {
    Reader in(bytes);
    return der::take(in, der::kSequence) && in.at_end();
}

}  // namespace

Judged<Secret> decrypt_pkcs8(Bytes der, const AskPassword& ask) {
    const CleanErrorQueue errors;
    Reader outer(der);
    Reader in = TRY(der::enter(outer, der::kSequence));
    TRY(der::end(outer));
    const Scheme scheme = TRY(take_scheme(in));
    const Bytes encrypted = TRY(der::take(in, der::kOctetString));
    TRY(der::end(in));
    if (encrypted.empty() || encrypted.size() % kBlock != 0) return bad("not whole blocks of AES");
    const Secret password = TRY(ask());
    const Secret key = TRY(derive(scheme, password));
    auto plain = run_cipher(Way::decrypt, scheme, key, encrypted);
    if (!plain || !is_sequence(plain->bytes())) return Refusal{Reason::wrong_password, "", ""};
    return std::move(*plain);
}

Secret encrypt_pkcs8(Bytes pkcs8, const Secret& password) {
    const CleanErrorQueue errors;
    start_sodium();
    std::array<std::byte, kBlock> salt{};
    std::array<std::byte, kBlock> iv{};
    randombytes_buf(salt.data(), salt.size());
    randombytes_buf(iv.data(), iv.size());
    const Prf* prf = find(kPrfs, as_bytes(kHmacSha256));
    const Scheme scheme{salt,
                        Pbkdf2{static_cast<int>(kIterations), prf},
                        {},
                        find(kCiphers, as_bytes(kAes256Cbc)),
                        iv};
    const auto key = derive(scheme, password);
    must(static_cast<bool>(key));
    const auto encrypted = run_cipher(Way::encrypt, scheme, *key, pkcs8);
    must(encrypted.has_value());

    using namespace der;
    const auto id = [](std::string_view bytes) { return value(kObjectId, {as_bytes(bytes)}); };
    const Secret hash = value(kSequence, {id(kHmacSha256).bytes(), value(kNull, {}).bytes()});
    const Secret numbers = value(kSequence, {value(kOctetString, {salt}).bytes(),
                                             number(kIterations).bytes(), hash.bytes()});
    const Secret stretch = value(kSequence, {id(kPbkdf2).bytes(), numbers.bytes()});
    const Secret cipher =
        value(kSequence, {id(kAes256Cbc).bytes(), value(kOctetString, {iv}).bytes()});
    const Secret both = value(kSequence, {stretch.bytes(), cipher.bytes()});
    const Secret whole = value(kSequence, {id(kPbes2).bytes(), both.bytes()});
    return value(kSequence, {whole.bytes(), value(kOctetString, {encrypted->bytes()}).bytes()});
}

}  // namespace pratique::signing
