// Who may sign with an SSH key: the lines of an allowed_signers file (ssh-keygen(1)) as questions.
#pragma once

#include <string_view>
#include <vector>

#include "signing/detached/sshsig.h"

namespace pratique::signing {

/// True if `name` fits one of these patterns (* for any characters, ? for one) and none of those
/// behind a "!".
bool matches(std::string_view name, const std::vector<std::string>& patterns);

/// At commas; nothing is trimmed.
std::vector<std::string> split(std::string_view list);

/// Some line lets the principal sign with this key, in this namespace, now. Refusals:
/// untrusted_key, expired.
Judged<void> check_allowed(const std::vector<AllowedSigner>& allowed, std::string_view public_key,
                           const SshOptions& options);

}  // namespace pratique::signing
