// SSHSIG: what `ssh-keygen -Y sign` writes. Developers have such keys already, and hardware ones.
//
//      -----BEGIN SSH SIGNATURE-----                        signed:
//      base64( "SSHSIG" ‖ uint32 1                          "SSHSIG"
//              string public key                            string namespace
//              string namespace                             string reserved
//              string reserved                              string hash algorithm
//              string hash algorithm (sha256 | sha512)      string hash of the message
//              string signature )
//      -----END SSH SIGNATURE-----
//
// Who may sign is said by an allowed_signers file: principals, options (namespaces, valid-after,
// valid-before), a key. Keys: ssh-ed25519, ecdsa-sha2-nistp256/384/521, sk-ssh-ed25519@openssh.com.
// Certificates (cert-authority) are not supported: such a line vouches for nobody.
// Sources: OpenSSH's PROTOCOL.sshsig, PROTOCOL.u2f, ssh-keygen(1); RFC 5656, RFC 8709.
// Thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "signing/refusal.h"

namespace pratique::signing {

/// What namespace our signatures are made for, so that one of a commit is none of a model.
inline constexpr std::string_view kSshNamespace = "model-signing";

struct SshSignature {
    std::string public_key;  // the blob, as on the wire
    std::string name_space;
    std::string reserved;
    std::string hash_algorithm;
    std::string signature;  // the blob
};
bool is_ssh_signature(std::string_view text);
/// Refusals: bad_signature with the reason, too_large.
Judged<SshSignature> read_ssh_signature(std::string_view text);

/// One line of an allowed_signers file.
struct AllowedSigner {
    std::string principals;  // patterns with * and ?, "!" before one excludes; comma-separated
    std::vector<std::string> namespaces;  // patterns; empty: all
    std::int64_t valid_after = 0;         // seconds since 1970; 0: no bound
    std::int64_t valid_before = 0;
    std::string public_key;  // the blob
};
/// Refusals: bad_trust with the line.
Judged<std::vector<AllowedSigner>> read_allowed_signers(std::string_view text);

struct SshOptions {
    std::string principal;  // who is said to have signed
    std::string name_space{kSshNamespace};
    std::int64_t now = 0;  // seconds since 1970
    int cancel = -1;       // as in HashOptions
};

/// Checks a signature over an open file, and that a line allows its key. Refusals: untrusted_key,
/// expired, bad_signature, wrong_method (another namespace), unsupported, unreadable,
/// unstable_file.
Judged<void> verify_ssh(const SshSignature& signature, const std::vector<AllowedSigner>& allowed,
                        int fd, const SshOptions& options);

}  // namespace pratique::signing
