// What SSH puts on the wire, as far as signatures need it (RFC 4251, section 5): strings behind
// their length, and public keys made of them.
//
//      string   uint32 length ‖ bytes
//      key      string "ssh-ed25519"                  ‖ string key[32]               (RFC 8709)
//               string "ecdsa-sha2-nistp256" (384, 521)
//                      ‖ string "nistp256" ‖ string 04 ‖ x ‖ y                       (RFC 5656)
//               string "sk-ssh-ed25519@openssh.com"
//                      ‖ string key[32] ‖ string application                   (PROTOCOL.u2f)
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/reader.h"
#include "signing/keys/key.h"
#include "signing/refusal.h"

namespace pratique::signing {

Result<std::string_view> read_ssh_string(Reader& in);
void put_ssh_string(std::string& out, std::string_view bytes);

struct SshKey {
    std::string type;
    PublicKey key;
    /// Of a key in hardware: it signs more than the message, see sshsig.cc.
    bool in_hardware = false;
    std::string application = {};
};
/// Refusals: bad_key, unsupported.
Judged<SshKey> read_ssh_key(std::string_view blob);
/// An OpenSSH public key line or blob as a key of ours. Refusals: bad_key, unsupported.
Judged<PublicKey> read_ssh_public_key(std::string_view line);

/// The blob of "type base64 [comment]" without white space around it, if it is of that type.
std::optional<std::string> ssh_blob(std::string_view type, std::string_view encoded);

}  // namespace pratique::signing
