// Where passwords come from: never from the command line, which every process may read.
//
//      fd:N        one line from an open descriptor
//      file:PATH   the first line of a file that only its owner may read
//      env:NAME    a variable of the environment
//      terminal    typed, without being shown; twice for a new one
#pragma once

#include <string>

#include "signing/keys/files.h"

namespace pratique::signing {

/// `source` as above; "terminal" if empty. `fresh`: for a new key, asked twice. Refusals:
/// unreadable, exposed_key, wrong_password (empty, too long, the two differ).
Judged<Secret> ask_password(const std::string& source, bool fresh);

/// Opens a private key file: a regular file that nobody but its owner may read or write. Refusals:
/// unreadable, exposed_key, too_large.
Judged<Secret> read_secret_file(const std::string& path);

}  // namespace pratique::signing
