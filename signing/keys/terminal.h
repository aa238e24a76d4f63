// Typing a password, unseen.
#pragma once

#include "signing/keys/secret.h"
#include "signing/refusal.h"

namespace pratique::signing {

/// Prints `prompt` on the controlling terminal and reads a line there with the echo off, at most
/// `most` bytes of it. See ask_password for signals. Refusals: unreadable, wrong_password.
Judged<Secret> type_unseen(const char* prompt, std::size_t most);

}  // namespace pratique::signing
