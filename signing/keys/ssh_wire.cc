#include "signing/keys/ssh_wire.h"

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "signing/keys/encoding.h"
#include "signing/lines.h"

namespace pratique::signing {
namespace {

struct Curve {
    std::string_view type;
    std::string_view name;
    KeyType key_type;
};
constexpr std::array kCurves{
    Curve{"ecdsa-sha2-nistp256", "nistp256", KeyType::p256},
    Curve{"ecdsa-sha2-nistp384", "nistp384", KeyType::p384},
    Curve{"ecdsa-sha2-nistp521", "nistp521", KeyType::p521},
};

/// The strings of a key: its type and what this type has.
Result<std::vector<std::string_view>> strings_of(std::string_view blob) {
    std::vector<std::string_view> found;
    Reader in(as_bytes(blob));
    while (!in.at_end()) found.push_back(TRY(read_ssh_string(in)));
    return found;
}

Refusal bad(std::string detail) { return {Reason::bad_key, {}, std::move(detail)}; }

Judged<SshKey> read_ecdsa(const Curve& curve, const std::vector<std::string_view>& parts) {
    if (parts.size() != 3 || parts.at(1) != curve.name) return bad("an SSH key of another curve");
    if (!parts.at(2).starts_with('\x04')) return bad("a point that is not written in full");
    const auto spki = encode_public(curve.key_type, as_bytes(parts.at(2)));
    auto key = TRY(PublicKey::from_spki(spki));
    return SshKey{.type = std::string(curve.type), .key = std::move(key)};
}

}  // namespace

Result<std::string_view> read_ssh_string(Reader& in) {
    const auto length = TRY(in.be<std::uint32_t>());
    return text(TRY(in.take(length)));
}

void put_ssh_string(std::string& out, std::string_view bytes) {
    for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(bytes.size() >> shift & 0xff);
    out += bytes;
}

Judged<SshKey> read_ssh_key(std::string_view blob) {
    const auto parts = strings_of(blob);
    if (!parts || parts->empty()) return bad("no SSH key");
    const std::string_view type = parts->front();
    const bool in_hardware = type == "sk-ssh-ed25519@openssh.com";
    if (type == "ssh-ed25519" || in_hardware) {
        if (parts->size() != (in_hardware ? 3U : 2U)) return bad("an SSH key with parts too many");
        auto key = TRY(PublicKey::from_ed25519(as_bytes(parts->at(1))));
        return SshKey{.type = std::string(type),
                      .key = std::move(key),
                      .in_hardware = in_hardware,
                      .application = std::string(in_hardware ? parts->at(2) : "")};
    }
    for (const Curve& curve : kCurves) {
        if (type == curve.type) return read_ecdsa(curve, *parts);
    }
    return Refusal{Reason::unsupported, {}, "SSH keys of type " + std::string(type)};
}

std::optional<std::string> ssh_blob(std::string_view type, std::string_view encoded) {
    auto blob = standard_base64(encoded);
    if (!blob) return std::nullopt;
    Reader in(as_bytes(*blob));
    const auto inner = read_ssh_string(in);
    if (!inner || inner->empty() || *inner != type) return std::nullopt;
    return blob;
}

Judged<PublicKey> read_ssh_public_key(std::string_view line) {
    std::optional<std::string> blob;
    if (line.starts_with('\0')) {
        blob = line;
    } else {
        const auto lines = lines_of(line);
        if (lines.size() != 1) return bad("not one line with an SSH key");
        const std::string_view only = lines.front();
        const std::size_t type_end = only.find_first_of(" \t");
        if (type_end == std::string_view::npos) return bad("no line with an SSH key");
        const std::string_view rest = only.substr(type_end + 1);
        blob = ssh_blob(only.substr(0, type_end), rest.substr(0, rest.find_first_of(" \t")));
        if (!blob) return bad("an SSH key that is no strict base64, or of another type");
    }
    SshKey key = TRY(read_ssh_key(*blob));
    if (key.in_hardware) {
        return Refusal{Reason::unsupported, {}, "a hardware key signs only as SSH does it"};
    }
    return std::move(key.key);
}

}  // namespace pratique::signing
