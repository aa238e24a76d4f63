// Vouching for a model: its files are hashed, listed, and the list is signed. What was made is
// read and checked as a stranger's would be before it is handed out.
#pragma once

#include <string>
#include <vector>

#include "signing/certificates/chain.h"
#include "signing/keys/key.h"
#include "signing/manifest/manifest.h"
#include "signing/refusal.h"

namespace pratique::signing {

struct SignOptions {
    HashAlgorithm hash = HashAlgorithm::sha256;
    /// Bytes; 0: whole files, which is the only form that other verifiers read.
    std::uint64_t shard_size = 0;
    /// Relative paths.
    std::vector<std::string> ignored = {};
    /// Leave out what OMS leaves out of every model, too: always_ignored().
    bool ignore_git = true;
    /// A single file by its own name, as OMS 1.0 asks, instead of ".", which the reference asks.
    bool spec_names = false;
    /// Of the key, leaf first, without the root; empty: the bundle names the key.
    std::vector<Der> chain = {};
    unsigned threads = 0;
    int cancel = -1;  // as in HashOptions
};

/// A bundle with the signature of `key` over `payload`, an in-toto statement. Refusals:
/// bad_certificate if the chain is not the key's; bad_signature if what was made does not stand.
Judged<std::string> sign_statement(const std::string& payload, const PrivateKey& key,
                                   const std::vector<Der>& chain);

/// Signs a model. Refusals: those of Model::open(), hash_model() and sign_statement();
/// missing_file if there is nothing to sign. Thread-safe. Throws only std::bad_alloc.
Judged<std::string> sign_model(const std::string& path, const PrivateKey& key,
                               const SignOptions& options);

}  // namespace pratique::signing
