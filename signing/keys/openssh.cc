#include "signing/keys/openssh.h"

#include <algorithm>
#include <array>

#include "base/reader.h"
#include "signing/keys/encoding.h"
#include "signing/keys/pem.h"

namespace pratique::signing {
namespace {

constexpr std::string_view kEd25519 = "ssh-ed25519";
constexpr std::string_view kEcdsa = "ecdsa-sha2-";
constexpr std::string_view kMagic{"openssh-key-v1\0", 15};
constexpr std::size_t kBlock = 8;

struct Row {
    std::string_view curve;
    KeyType type;
};
constexpr std::array kCurves{Row{"nistp256", KeyType::p256}, Row{"nistp384", KeyType::p384},
                             Row{"nistp521", KeyType::p521}};

Refusal bad(const char* what) { return {Reason::bad_key, "", what}; }
Refusal unsupported(const char* what) { return {Reason::unsupported, "", what}; }

Judged<std::uint32_t> take_number(Reader& in) {
    const auto number = in.be<std::uint32_t>();
    if (!number) return bad("the key ends too early");
    return *number;
}

Judged<Bytes> take_string(Reader& in) {
    const auto string = in.take(TRY(take_number(in)));
    if (!string) return bad("the key ends too early");
    return *string;
}

Judged<void> end(const Reader& in) {
    if (!in.at_end()) return bad("bytes are left over in the key");
    return {};
}

Judged<PublicKey> take_ecdsa(Reader& in, std::string_view algorithm) {
    const std::string_view curve = text(TRY(take_string(in)));
    const auto* row = std::find_if(kCurves.begin(), kCurves.end(),
                                   [&](const Row& entry) { return entry.curve == curve; });
    if (row == kCurves.end())
        return unsupported("an elliptic curve other than P-256, P-384, P-521");
    if (algorithm.substr(kEcdsa.size()) != curve) return bad("two curves for one key");
    const Bytes point = TRY(take_string(in));
    return PublicKey::from_spki(encode_public(row->type, point));
}

/// The seed in the part that a password would protect.
Judged<PrivateKey> read_section(Bytes section, const PublicKey& shown) {
    Reader in(section);
    if (section.size() % kBlock != 0) return bad("a private part of a strange length");
    const std::uint32_t check = TRY(take_number(in));
    if (TRY(take_number(in)) != check) return bad("two checks that differ");
    if (text(TRY(take_string(in))) != kEd25519) return bad("two algorithms for one key");
    const Bytes key = TRY(take_string(in));
    const Bytes both = TRY(take_string(in));
    TRY(take_string(in));  // the comment
    std::uint8_t expected = 0;
    const bool padded = in.left() < kBlock && std::ranges::all_of(in.rest(), [&](std::byte pad) {
                            return pad == std::byte{++expected};
                        });
    if (!padded) return bad("bytes are left over in the key");
    if (both.size() != 64) return bad("an Ed25519 private key of the wrong length");
    PrivateKey out = TRY(PrivateKey::from_ed25519_seed(slice(both, 0, 32)));
    const Bytes derived = out.public_key().ed25519();
    if (!std::ranges::equal(key, derived) || !std::ranges::equal(from(both, 32), derived) ||
        !(shown == out.public_key())) {
        return bad("a private key beside a public key that is not its own");
    }
    return out;
}

}  // namespace

bool is_openssh_public(std::string_view text) {
    return text.starts_with("ssh-") || text.starts_with(kEcdsa) || text.starts_with("sk-");
}

Judged<PublicKey> read_openssh_blob(Bytes blob) {
    Reader in(blob);
    const std::string_view algorithm = text(TRY(take_string(in)));
    const bool is_ed25519 = algorithm == kEd25519;
    if (!is_ed25519 && !algorithm.starts_with(kEcdsa)) {
        return unsupported("an OpenSSH key of another algorithm than Ed25519 and ECDSA");
    }
    PublicKey key = is_ed25519 ? TRY(PublicKey::from_ed25519(TRY(take_string(in))))
                               : TRY(take_ecdsa(in, algorithm));
    TRY(end(in));
    return key;
}

Judged<PublicKey> read_openssh_public(std::string_view text) {
    if (text.size() > kMostKeyFile) return Refusal{Reason::too_large, "", "a key file"};
    const std::string_view line = text.substr(0, text.find_first_of("\r\n"));
    if (text.find_first_not_of(" \t\r\n", line.size()) != std::string_view::npos) {
        return bad("more than one line for one OpenSSH key");
    }
    const auto space = line.find(' ');
    if (space == std::string_view::npos) return bad("an OpenSSH key without its content");
    const std::string_view rest = line.substr(space + 1);
    const Secret blob = TRY(secret_from_base64(rest.substr(0, rest.find(' '))));
    PublicKey key = TRY(read_openssh_blob(blob.bytes()));
    Reader in(blob.bytes());
    if (pratique::text(TRY(take_string(in))) != line.substr(0, space)) {
        return bad("two algorithms for one key");
    }
    return key;
}

Judged<PrivateKey> read_openssh_private(Bytes bytes) {
    if (!starts_with(bytes, kMagic)) return bad("no private key of OpenSSH");
    Reader in(from(bytes, kMagic.size()));
    const std::string_view cipher = text(TRY(take_string(in)));
    const std::string_view kdf = text(TRY(take_string(in)));
    const Bytes options = TRY(take_string(in));
    if (TRY(take_number(in)) != 1) return unsupported("an OpenSSH file of several keys");
    const PublicKey shown = TRY(read_openssh_blob(TRY(take_string(in))));
    if (shown.type() != KeyType::ed25519) {
        return unsupported(
            "an OpenSSH private key that is not Ed25519; ssh-keygen -p -m PKCS8 "
            "rewrites a copy of it as one that is read");
    }
    if (cipher != "none" || kdf != "none") {
        return unsupported(
            "an OpenSSH private key under a password; ssh-keygen -p -N '' takes "
            "the password from a copy of it");
    }
    if (!options.empty()) return bad("options of a password that is not there");
    const Bytes section = TRY(take_string(in));
    TRY(end(in));
    return read_section(section, shown);
}

}  // namespace pratique::signing
