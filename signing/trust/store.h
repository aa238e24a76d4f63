// A trust store: which keys and authorities vouch for which models, and which no longer do. What it
// does not say is not trusted.
//
//      { "version": 1, "expires": "2027-01-31T00:00:00Z",
//        "keys": { "alice": { "id": SHA-256 of the key, "file": "alice.pub" | "pem": "-----…",
//                             "status": "active" | "retired" | "revoked", "may": ["sign"],
//                             "not_before": time, "not_after": time,
//                             "accepted_roots": [ root digests that a retired key vouches for ],
//                             "comment": … } },
//        "authorities": { "acme": { "file": "acme-ca.pem" | "pem": …, "may": ["sign"],
//                                   "identities": [ … ], "pins": [ … ], "any_usage": false } },
//        "revoked_digests": [ SHA-256 of files, or root digests ],
//        "rules": [ { "match": "*/llama-*", "require": [ { "any_of": ["alice", "acme"],
//                                                          "threshold": 1 } ],
//                     "level": "enforce" | "warn", "max_unsigned_files": 0,
//                     "allow_unsigned": [ relative paths ] } ] }
//
// Rules are asked in their order; the first whose pattern matches the model's name decides ("*"
// matches "/" too). A threshold counts distinct keys of distinct entries, not signatures. Without
// a trusted clock in signatures, one by a retired key could have been made at any time: only those
// over the roots that are listed stand. Docs: docs/trust.md. Thread-safe: a store does not change.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "signing/verify.h"

namespace pratique::signing {

enum class KeyStatus : std::uint8_t { active, retired, revoked };

/// What an entry may do. A publisher's key vouches for bytes, a scanner's for verdicts.
struct Roles {
    bool sign = false;
    bool attest = false;
};
enum class Role : std::uint8_t { sign, attest };
std::string_view name(Role role);

struct KeyEntry {
    std::string name;
    PublicKey key;
    KeyStatus status = KeyStatus::active;
    Roles may;
    std::optional<std::int64_t> not_before, not_after;  // seconds since 1970
    std::set<std::string, std::less<>> accepted_roots;
};

struct AuthorityEntry {
    std::string name;
    ChainOptions chain;  // its clock is set when it is asked
    Roles may;
};

struct Requirement {
    std::vector<std::string> any_of;  // names of entries
    std::size_t threshold = 1;
};

struct TrustRule {
    std::string match;
    std::vector<Requirement> require;  // all of them
    bool warn = false;                 // report, and let pass
    std::uint64_t max_unsigned_files = 0;
    std::vector<std::string> allow_unsigned;  // not counted: relative paths with all below them
};

/// An entry that stands behind a bundle.
struct Voucher {
    std::string name;
    Signer signer;
};

struct TrustStore {
    std::int64_t expires = 0;
    std::vector<KeyEntry> keys;
    std::vector<AuthorityEntry> authorities;
    std::set<std::string, std::less<>> revoked_digests;
    std::vector<TrustRule> rules;

    /// The first rule for a model of this name; null: nobody is trusted for it.
    const TrustRule* rule_for(const std::string& model) const;

    /// Who made a bundle, and may. Refusals: expired (the store, or the key), untrusted_key,
    /// revoked, bad_signature, those of verify_chain(), unsupported.
    Judged<Voucher> find_voucher(const Bundle& bundle, Role role, std::int64_t now) const;

    /// Whether what was signed may still be trusted. Refusals: revoked, expired (a retired key).
    Judged<void> check_manifest(const Voucher& voucher, const Manifest& manifest) const;
};

/// Reads the files that a store names, relative to it.
using ReadFile = std::function<Judged<std::string>(const std::string& path)>;

/// Refusals: bad_trust with what is wrong and where; those of the readers of keys.
Judged<TrustStore> read_trust_store(std::string_view text, const ReadFile& read_file);
/// The same of a text that was parsed already, as a part of a policy.
Judged<TrustStore> make_trust_store(const json::Value& value, const ReadFile& read_file);

/// What a rule says of vouchers whose signatures stand. Refusals: untrusted_key with what is
/// missing.
Judged<void> decide(const TrustRule& rule, const std::vector<Voucher>& vouchers);

}  // namespace pratique::signing
