// Verifying as a caller sees it: a model, signature files and whom to trust in; who signed, what
// is covered, and every reason to refuse out.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "signing/detached/minisign.h"
#include "signing/detached/sshsig.h"
#include "signing/trust/store.h"
#include "signing/verify.h"

namespace pratique::api {

/// Whom the caller trusts: any of these may have signed.
struct Trust {
    signing::Trusted signers = {};
    std::vector<signing::MinisignKey> minisign_keys = {};
    bool allow_legacy_minisign = false;
    std::vector<signing::AllowedSigner> allowed_signers = {};
    std::string principal = {};  // of allowed_signers, who is said to have signed
    /// Instead of signers: its rules say who must have signed the model, and what may be unsigned.
    std::optional<signing::TrustStore> store = {};
};

struct VerifyRequest {
    std::string model;
    /// What the rules of a trust store are matched with; empty: the model's whole path.
    std::string name = {};
    /// Files; empty for the one that lies beside the model (find_signature()).
    std::vector<std::string> signatures = {};
    signing::VerifyOptions options = {};
    bool ignore_uncovered = false;
    /// How its files are hashed; empty: signing::measure() of the model.
    std::function<signing::Judged<signing::Found>(const signing::Manifest&,
                                                  const signing::VerifyOptions&)>
        measure = {};
};

struct SignatureResult {
    std::string path;         // of the signature file; raw
    std::string kind;         // "oms", "minisign", "ssh"; empty if it was not read
    std::string entry;        // of the trust store, whose key it is
    std::string key;          // PublicKey::id() of who signed; empty unless the signature is good
    std::string subject;      // of a certificate, or the principal; raw
    std::string root;         // the root digest of an OMS manifest
    std::size_t covered = 0;  // files
    std::vector<signing::Refusal> refusals = {};
    std::vector<std::string> notices = {};  // safe to print

    bool stands() const { return refusals.empty(); }
};

enum class Standing : std::uint8_t { verified, refused, undecided };
std::string_view name(Standing standing);

struct Verification {
    std::string model;  // raw
    std::vector<SignatureResult> signatures;
    /// Of the model as a whole: no signature, for one.
    std::vector<signing::Refusal> refusals;
    /// The rule of the trust store that decided, in words; empty without one.
    std::string rule;
    /// That rule only warns: its refusals are here, and count for nothing.
    std::vector<signing::Refusal> warnings;
    /// Files of which no signature that stands says anything; raw names, sorted.
    std::vector<std::string> uncovered;
    std::vector<std::string> confusable;

    /// Without a trust store: verified if every signature stands. With one its rule decides, and a
    /// signature that does not stand counts for nothing. Refused beats undecided.
    Standing standing() const;
};

/// Where the signature of a model lies if nothing else is said: MODEL/model.sig of a folder,
/// MODEL.sig, MODEL.minisig or MODEL.sshsig of a file, the first that exists.
std::string find_signature(const std::string& model);

/// Where a new signature goes if nothing else is said: MODEL/model.sig or FILE.sig.
std::string default_signature(const std::string& model);

/// Thread-safe. Throws only std::bad_alloc.
Verification verify(const VerifyRequest& request, const Trust& trust);

/// `path` as a path relative to the model, if it lies in it.
std::optional<std::string> inside(const std::string& model, const std::string& path);

/// A whole file that must be small. Refusals: unreadable, special_file, too_large.
signing::Judged<std::string> read_small_file(const std::string& path, std::size_t most);

/// A trust store, and the files that it names, relative to its folder.
signing::Judged<signing::TrustStore> read_trust_store(const std::string& path);

/// The JSON of docs/signing.md, and words for people.
std::string json_report(const Verification& verification);
std::string text_report(const Verification& verification);

}  // namespace pratique::api
