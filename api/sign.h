// Signing as a caller sees it: a model and a key in, a signature file out, whole or not at all.
#pragma once

#include <optional>
#include <string>

#include "signing/sign.h"

namespace pratique::api {

struct SignRequest {
    std::string model;
    std::string signature;  // where it goes; beside or inside the model
    bool replace = false;   // a signature that is there already
    signing::SignOptions options = {};
};

/// Signs, writes, reads back. Refusals: those of sign_model(); unreadable when it cannot be
/// written; bad_signature when what was read back is not what was written.
signing::Judged<void> sign(const SignRequest& request, const signing::PrivateKey& key);

/// Writes a text under `path`, whole or not at all, and not if the caller gave up
/// (base/cancel.h). Refusals: unreadable with the system's words; interrupted.
signing::Judged<void> write_whole(const std::string& path, const std::string& text, bool replace,
                                  int cancel);

/// The same for a bundle; `replace` is for another one, and for nothing else. Refusals: those, and
/// unreadable for a file that is no signature.
signing::Judged<void> write_signature(const std::string& path, const std::string& bundle,
                                      bool replace, int cancel);

}  // namespace pratique::api
