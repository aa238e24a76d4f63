// Where passwords come from: never from the command line, which every process may read.
//
//      fd:N        one line from an open descriptor, and not a byte behind it
//      file:PATH   the first line of a file that only its owner may read
//      env:NAME    a variable of the environment
//      terminal    typed, without being shown; twice for a new one
//
// And how files that hold keys are opened.
#pragma once

#include <string>

#include "signing/keys/files.h"

namespace pratique::signing {

/// More than anybody types, in bytes.
inline constexpr std::size_t kMostPassword = 1024;

/// True if `source` is spelled as above, or empty.
bool is_password_source(const std::string& source);

/// `source` as above; "terminal" if empty. `fresh`: for a new key, asked twice. Refusals:
/// unreadable, exposed_key, wrong_password (empty, too long, the two differ).
/// At the terminal, a signal that ends or stops the program is heeded with the echo back on; in
/// a program of several threads the others must have these signals blocked.
Judged<Secret> ask_password(const std::string& source, bool fresh);

/// Opens a private key file: a regular file that nobody but its owner, who is the caller or root,
/// may read or write. It may be reached by a link. Refusals: unreadable, exposed_key, too_large.
Judged<Secret> read_secret_file(const std::string& path);

/// Opens a key file that may be known to all; a regular file, too. Refusals: unreadable, too_large.
Judged<Secret> read_key_file(const std::string& path);

}  // namespace pratique::signing
