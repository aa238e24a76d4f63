#include "signing/keys/minisign.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/reader.h"
#include "signing/keys/pem.h"
#include "signing/lines.h"
#include "signing/openssl.h"

namespace pratique::signing {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::size_t kSealedSize = 8 + 64 + 32;
constexpr std::size_t kSecretSize = 2 + 2 + 2 + 32 + 8 + 8 + kSealedSize;
// The limits that minisign writes, which are libsodium's "sensitive" ones: 1 GiB.
constexpr std::uint64_t kMostOperations = crypto_pwhash_scryptsalsa208sha256_OPSLIMIT_SENSITIVE;
constexpr std::uint64_t kMostMemory = crypto_pwhash_scryptsalsa208sha256_MEMLIMIT_SENSITIVE;

Refusal bad(const char* what) { return {Reason::bad_key, "", what}; }

/// What stands below the comment, if there is one; blanks around it are no part of it.
std::string_view content_of(std::string_view text) {
    if (text.starts_with(kMinisignComment)) {
        const auto end = text.find('\n');
        text.remove_prefix(end == std::string_view::npos ? text.size() : end);
    }
    const auto first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

struct SecretFile {
    bool encrypted = false;
    Bytes salt;
    std::uint64_t operations = 0;
    std::uint64_t memory = 0;
    Bytes sealed;
};

Result<SecretFile> parse(Bytes bytes) {
    Reader in(bytes);
    const std::string_view algorithm = text(TRY(in.take(2)));
    const std::string_view kdf = text(TRY(in.take(2)));
    const std::string_view checksum = text(TRY(in.take(2)));
    SecretFile out;
    out.salt = TRY(in.take(crypto_pwhash_scryptsalsa208sha256_SALTBYTES));
    out.operations = TRY(in.le<std::uint64_t>());
    out.memory = TRY(in.le<std::uint64_t>());
    out.sealed = TRY(in.take(kSealedSize));
    out.encrypted = kdf == "Sc";
    const bool known = out.encrypted || kdf == std::string_view("\0\0", 2);
    if (algorithm != "Ed" || checksum != "B2" || !known) return Error{Errc::unsupported, 0};
    return out;
}

/// number ‖ seed ‖ public key ‖ checksum, as they are without the password.
Judged<Secret> unseal(const SecretFile& file, const AskPassword& ask) {
    Secret out(file.sealed);
    if (!file.encrypted) return out;
    if (file.operations > kMostOperations || file.memory > kMostMemory) {
        return Refusal{Reason::unsupported, "", "a password hash of more work than minisign's"};
    }
    const Secret password = TRY(ask());
    Secret stream(kSealedSize);
    if (crypto_pwhash_scryptsalsa208sha256(raw_writable(stream.writable()), stream.size(),
                                           characters(password.bytes()), password.size(),
                                           raw(file.salt), file.operations, file.memory) != 0) {
        return Refusal{Reason::unsupported, "",
                       "too little memory for the password hash, which needs up to 1 GiB"};
    }
    std::ranges::transform(out.bytes(), stream.bytes(), out.writable().begin(),
                           [](std::byte a, std::byte b) { return a ^ b; });
    return out;
}

/// Where no password is, minisign leaves it empty.
bool checksum_holds(const SecretFile& file, Bytes opened) {
    const Bytes stored = slice(opened, 8 + 64, 32);
    if (!file.encrypted && sodium_is_zero(raw(stored), stored.size()) == 1) return true;
    std::array<std::byte, crypto_generichash_BYTES> sum{};
    Secret hashed(2 + 8 + 64);
    std::ranges::copy(as_bytes("Ed"), hashed.writable().begin());
    std::ranges::copy(slice(opened, 0, 8 + 64), hashed.writable().subspan(2).begin());
    must(crypto_generichash(raw_writable(sum), sum.size(), raw(hashed.bytes()), hashed.size(),
                            nullptr, 0) == 0);
    return sodium_memcmp(sum.data(), stored.data(), sum.size()) == 0;
}

}  // namespace

bool is_minisign(std::string_view text) { return text.starts_with(kMinisignComment); }

Result<MinisignRecord> read_minisign_record(std::string_view bytes, std::size_t content) {
    Reader in(as_bytes(bytes));
    MinisignRecord out;
    out.algorithm = text(TRY(in.take(2)));
    std::ranges::copy(TRY(in.take(out.number.size())), out.number.begin());
    out.content = TRY(in.take(content));
    if (!in.at_end()) return Error{Errc::trailing_bytes, in.offset()};
    return out;
}

Judged<MinisignKey> read_minisign_key(std::string_view text) {
    if (text.size() > kMostMinisignComment + 256) {
        return bad("too large for a minisign public key");
    }
    auto lines = lines_of(text);
    if (lines.size() == 2 && is_minisign(lines.front())) lines.erase(lines.begin());
    if (lines.size() != 1) return bad("not one comment and one line of a minisign public key");
    const auto decoded = standard_base64(lines.front());
    if (!decoded) return bad("a minisign public key that is no strict base64");
    const auto record = read_minisign_record(*decoded, 32);
    if (!record) return bad("a minisign public key has 42 bytes");
    if (record->algorithm != "Ed") return bad("an unknown algorithm of a minisign key");
    auto key = TRY(PublicKey::from_ed25519(record->content));
    return MinisignKey{.number = record->number, .key = std::move(key)};
}

Judged<PrivateKey> read_minisign_secret(std::string_view text, const AskPassword& ask) {
    start_sodium();
    if (text.size() > kMostKeyFile) return Refusal{Reason::too_large, "", "a key file"};
    const Secret bytes = TRY(secret_from_base64(content_of(text)));
    const auto file = parse(bytes.bytes());
    if (!file || bytes.size() != kSecretSize) return bad("no secret key of minisign");
    const Secret opened = TRY(unseal(*file, ask));
    if (!checksum_holds(*file, opened.bytes())) {
        if (file->encrypted) return Refusal{Reason::wrong_password, "", ""};
        return bad("the checksum does not match the key");
    }
    const Bytes seed = slice(opened.bytes(), 8, 32);
    PrivateKey key = TRY(PrivateKey::from_ed25519_seed(seed));
    if (!std::ranges::equal(key.public_key().ed25519(), slice(opened.bytes(), 8 + 32, 32))) {
        return bad("a private key beside a public key that is not its own");
    }
    return key;
}

}  // namespace pratique::signing
