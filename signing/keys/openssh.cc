#include "signing/keys/openssh.h"

#include <algorithm>
#include <string_view>

#include "base/reader.h"
#include "signing/keys/ssh_wire.h"

namespace pratique::signing {
namespace {

constexpr std::string_view kEd25519 = "ssh-ed25519";
constexpr std::string_view kMagic{"openssh-key-v1\0", 15};
constexpr std::size_t kBlock = 8;

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

Judged<PrivateKey> read_openssh_private(Bytes bytes) {
    if (!starts_with(bytes, kMagic)) return bad("no private key of OpenSSH");
    Reader in(from(bytes, kMagic.size()));
    const std::string_view cipher = text(TRY(take_string(in)));
    const std::string_view kdf = text(TRY(take_string(in)));
    const Bytes options = TRY(take_string(in));
    if (TRY(take_number(in)) != 1) return unsupported("an OpenSSH file of several keys");
    const PublicKey shown = TRY(read_ssh_public_key(text(TRY(take_string(in)))));
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
