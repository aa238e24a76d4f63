// From a signature file to "these files are what that signer signed", or why not.
//
//      bundle ──signature──► payload ──strict──► Manifest ─┐
//      folder ──descriptors──► files ──hashed──► Found ────┴─ compare() ─► refusals, uncovered
//
// Nothing of the payload is looked at before its signature was found good. Which files exist is
// asked only afterwards, and every one of them is covered, or named as not covered.
// Thread-safe. Throws only std::bad_alloc.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "signing/certificates/chain.h"
#include "signing/envelope/bundle.h"
#include "signing/keys/key.h"
#include "signing/manifest/manifest.h"
#include "signing/refusal.h"

namespace pratique::signing {

/// Who may have signed: the holder of one of these keys, or whoever these authorities vouch for.
struct Trusted {
    std::vector<PublicKey> keys = {};
    std::optional<ChainOptions> authorities = {};
};

struct Signer {
    Method method{};
    PublicKey key;
    std::string subject = {};  // of a certificate; raw
};

/// Whose signature is on a bundle. Refusals: wrong_method, wrong_key, untrusted_key, bad_signature,
/// those of verify_chain(), unsupported.
Judged<Signer> find_signer(const Bundle& bundle, const Trusted& trusted);

struct VerifyOptions {
    /// Relative paths that are left out beside those that the signature and OMS name.
    std::vector<std::string> ignored = {};
    /// Leave out what OMS leaves out of every model, too: always_ignored().
    bool ignore_git = true;
    /// Follow links to files inside the model, if the signature says so too.
    bool allow_links = false;
    unsigned threads = 0;
    int cancel = -1;  // as in HashOptions
};

/// A model as it was found: what a manifest is compared with.
struct Found {
    std::vector<Measured> files;             // that are there and not ignored
    std::vector<std::string> ignored_files;  // that are there, and ignored
    bool is_file = false;
};

/// Hashes the model as the manifest asks. Refusals: those of Model::open() and hash_model().
Judged<Found> measure(const std::string& path, const Manifest& manifest,
                      const VerifyOptions& options);

/// What is left out of a model by a signature, by OMS and by the caller together; sorted, each
/// once.
std::vector<std::string> ignored_by(const Manifest& manifest, const VerifyOptions& options);

}  // namespace pratique::signing
