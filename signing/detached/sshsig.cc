#include "signing/detached/sshsig.h"

#include <array>
#include <optional>
#include <utility>

#include "base/digest.h"
#include "base/reader.h"
#include "signing/detached/allowed_signers.h"
#include "signing/detached/message.h"
#include "signing/keys/der.h"
#include "signing/keys/ssh_wire.h"
#include "signing/lines.h"

namespace pratique::signing {
namespace {

constexpr std::string_view kBegin = "-----BEGIN SSH SIGNATURE-----";
constexpr std::string_view kEnd = "-----END SSH SIGNATURE-----";
constexpr std::string_view kMagic = "SSHSIG";
constexpr std::size_t kMostText = std::size_t{64} * 1024;
// Somebody touched the hardware that holds the key.
constexpr std::uint8_t kUserPresent = 0x01;

Refusal bad(std::string detail) { return {Reason::bad_signature, {}, std::move(detail)}; }

Result<SshSignature> read_blob(std::string_view blob) {
    Reader in(as_bytes(blob));
    if (text(TRY(in.take(kMagic.size()))) != kMagic) return Error{Errc::bad_magic, 0};
    if (TRY(in.be<std::uint32_t>()) != 1) return Error{Errc::unsupported, kMagic.size()};
    SshSignature out;
    out.public_key = TRY(read_ssh_string(in));
    out.name_space = TRY(read_ssh_string(in));
    out.reserved = TRY(read_ssh_string(in));
    out.hash_algorithm = TRY(read_ssh_string(in));
    out.signature = TRY(read_ssh_string(in));
    if (!in.at_end()) return Error{Errc::trailing_bytes, in.offset()};
    return out;
}

/// What the key signs, for which PROTOCOL.sshsig gives the layout.
std::string signed_data(const SshSignature& signature, std::string_view digest) {
    std::string out(kMagic);
    put_ssh_string(out, signature.name_space);
    put_ssh_string(out, signature.reserved);
    put_ssh_string(out, signature.hash_algorithm);
    put_ssh_string(out, digest);
    return out;
}

/// mpint r ‖ mpint s as PublicKey takes them. What is in an mpint is what is in an INTEGER, and DER
/// has the same rule: the shortest form. PublicKey holds them to it, and to the curve.
std::optional<Secret> der_of(std::string_view numbers) {
    Reader in(as_bytes(numbers));
    const auto r = read_ssh_string(in);
    const auto s = read_ssh_string(in);
    if (!r || !s || !in.at_end()) return std::nullopt;
    const Secret first = der::value(der::kInteger, {as_bytes(*r)});
    const Secret second = der::value(der::kInteger, {as_bytes(*s)});
    return der::value(der::kSequence, {first.bytes(), second.bytes()});
}

std::string digest_of(std::string_view bytes) {
    Sha256 sha256;
    sha256.update(as_bytes(bytes));
    return std::string(text(sha256.finish()));
}

/// `in` stands behind the signature: uint8 flags ‖ uint32 counter. What the hardware signed is
/// SHA-256 of the application ‖ flags ‖ counter ‖ SHA-256 of the data.
Judged<std::string> hardware_data(Reader& in, const SshKey& key, std::string_view data) {
    const Bytes state = in.rest();
    if (state.size() != 5) return bad("not one byte of flags and four of a counter");
    if ((static_cast<std::uint8_t>(state.front()) & kUserPresent) == 0) {
        return bad("nobody touched the hardware key");
    }
    return digest_of(key.application) + std::string(text(state)) + digest_of(data);
}

Judged<void> check_signature(const SshKey& key, std::string_view blob, std::string data) {
    Reader in(as_bytes(blob));
    const auto type = read_ssh_string(in);
    const auto content = read_ssh_string(in);
    if (!type || !content) return bad("no SSH signature inside");
    if (*type != key.type) return bad("a signature of another kind than its key");
    if (key.in_hardware) {
        data = TRY(hardware_data(in, key, data));
    } else if (!in.at_end()) {
        return bad("bytes are left over behind the signature");
    }
    Bytes made = as_bytes(*content);
    std::optional<Secret> der;
    if (key.key.type() != KeyType::ed25519) {
        der = der_of(*content);
        if (!der) return bad("it is not made of two numbers");
        made = der->bytes();
    }
    if (!key.key.verify(as_bytes(data), made)) return bad("the file is not the signed one");
    return {};
}

std::optional<HashAlgorithm> digest_named(std::string_view name) {
    if (name == "sha256") return HashAlgorithm::sha256;
    if (name == "sha512") return HashAlgorithm::sha512;
    return std::nullopt;
}

}  // namespace

bool is_ssh_signature(std::string_view text) { return text.starts_with(kBegin); }

Judged<SshSignature> read_ssh_signature(std::string_view text) {
    if (text.size() > kMostText)
        return Refusal{Reason::too_large, {}, "an SSH signature above 64 KiB"};
    const auto lines = lines_of(text);
    if (lines.size() < 3 || lines.front() != kBegin || lines.back() != kEnd) {
        return bad("it is not framed by the two lines of an SSH signature");
    }
    std::string encoded;
    for (std::size_t i = 1; i + 1 < lines.size(); ++i) encoded += lines.at(i);
    const auto blob = standard_base64(encoded);
    if (!blob) return bad("it is no strict base64");
    auto out = read_blob(*blob);
    if (!out) return bad("its parts: " + std::string(meaning(out.error().code)));
    if (out->name_space.empty()) return bad("it names no namespace");
    return std::move(*out);
}

Judged<void> verify_ssh(const SshSignature& signature, const std::vector<AllowedSigner>& allowed,
                        int fd, const SshOptions& options) {
    if (signature.name_space != options.name_space) {
        return Refusal{Reason::wrong_method, {}, "signed for namespace " + signature.name_space};
    }
    TRY(check_allowed(allowed, signature.public_key, options));
    const auto key = read_ssh_key(signature.public_key);
    if (!key) {
        const bool open = key.error().reason == Reason::unsupported;
        return Refusal{open ? Reason::unsupported : Reason::bad_signature, {}, key.error().detail};
    }
    const auto digest = digest_named(signature.hash_algorithm);
    if (!digest) {
        return Refusal{Reason::unsupported, {}, "hash algorithm " + signature.hash_algorithm};
    }
    const auto message = TRY(digest_message(fd, *digest, options.cancel));
    return check_signature(*key, signature.signature, signed_data(signature, text(message)));
}

}  // namespace pratique::signing
