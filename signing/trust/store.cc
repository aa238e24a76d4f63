#include "signing/trust/store.h"

#include <fnmatch.h>

#include <algorithm>
#include <map>

#include "base/json_fields.h"
#include "base/time.h"
#include "signing/keys/files.h"

namespace pratique::signing {
namespace {

constexpr std::size_t kMostStore = 4UL << 20;
constexpr std::size_t kMostEntries = 10'000;

class Reading {
public:
    explicit Reading(const ReadFile& read_file) : read_file_(read_file) {}

    Judged<TrustStore> run(const json::Value& value) {
        json::Fields top(value, "trust", problem_);
        if (top.count("version") != 1) top.complain("version", "is not 1");
        out_.expires = time(top, "expires").value_or(0);
        if (out_.expires == 0) top.complain("expires", "is missing");
        for_each(top, "keys", [&](const std::string& name, json::Fields in) { key(name, in); });
        for_each(top, "authorities",
                 [&](const std::string& name, json::Fields in) { authority(name, in); });
        for (const std::string& digest : digests(top, "revoked_digests")) {
            out_.revoked_digests.insert(digest);
        }
        for (json::Fields& one : top.objects("rules")) rule(one);
        top.finish();
        if (!problem_.empty()) return Refusal{Reason::bad_trust, "", problem_};
        return std::move(out_);
    }

private:
    template <class Each>
    void for_each(json::Fields& top, std::string_view table, const Each& each) {
        auto entries = top.maybe_object(table);
        if (!entries) return;
        const auto names = entries->keys();
        if (names.size() > kMostEntries) return entries->complain("*", "holds too many");
        for (const std::string& name : names) {
            if (!names_.insert(name).second) entries->complain(name, "is a name twice");
            each(name, entries->object(name));
        }
    }

    std::optional<std::int64_t> time(json::Fields& in, std::string_view member) {
        const auto text = in.maybe_string(member);
        if (!text) return std::nullopt;
        const auto seconds = utc_seconds(*text);
        if (!seconds) in.complain(member, "is no time like 2027-01-31T00:00:00Z");
        return seconds;
    }

    std::vector<std::string> digests(json::Fields& in, std::string_view member) {
        auto out = in.strings(member);
        for (const std::string& digest : out) {
            if (!is_hex(digest, 32)) in.complain(member, "holds no SHA-256 in lower case");
        }
        return out;
    }

    Roles roles(json::Fields& in) {
        Roles out;
        for (const std::string& role : in.strings("may")) {
            if (role == "sign") {
                out.sign = true;
            } else if (role == "attest") {
                out.attest = true;
            } else {
                in.complain("may", "holds neither sign nor attest");
            }
        }
        if (!out.sign && !out.attest) in.complain("may", "must name sign or attest");
        return out;
    }

    /// The PEM text of an entry: its own, or that of a file.
    std::string pem(json::Fields& in) {
        const auto own = in.maybe_string("pem");
        const auto path = in.maybe_string("file");
        if (own.has_value() == path.has_value()) {
            in.complain("pem", "or file: exactly one must be there");
            return {};
        }
        if (own) return *own;
        auto text = read_file_(*path);
        if (!text) in.complain("file", describe(text.error()));
        return text ? *text : std::string();
    }

    void key(const std::string& name, json::Fields& in) {
        const std::string id = in.string("id");
        const std::string text = pem(in);
        const std::string status = in.maybe_string("status").value_or("active");
        const Roles may = roles(in);
        const auto not_before = time(in, "not_before");
        const auto not_after = time(in, "not_after");
        const auto roots = digests(in, "accepted_roots");
        in.maybe_string("comment");
        in.finish();
        if (status != "active" && status != "retired" && status != "revoked") {
            in.complain("status", "is not active, retired or revoked");
        }
        if (!problem_.empty()) return;
        const auto read = read_public_key(text);
        if (!read) return in.complain("pem", describe(read.error()));
        if (read->id() != id) return in.complain("id", "is not that of the key: " + read->id());
        // Under two names it could be counted twice.
        for (const KeyEntry& other : out_.keys) {
            if (other.key == *read) return in.complain("id", "is also that of " + other.name);
        }
        const auto kept = status == "active"    ? KeyStatus::active
                          : status == "retired" ? KeyStatus::retired
                                                : KeyStatus::revoked;
        out_.keys.push_back(
            {name, *read, kept, may, not_before, not_after, {roots.begin(), roots.end()}});
    }

    void authority(const std::string& name, json::Fields& in) {
        AuthorityEntry out;
        out.name = name;
        const std::string text = pem(in);
        out.may = roles(in);
        out.chain.identities = in.strings("identities");
        out.chain.pins = digests(in, "pins");
        out.chain.require_code_signing = !in.flag("any_usage", false);
        in.maybe_string("comment");
        in.finish();
        if (!problem_.empty()) return;
        auto anchors = read_certificates(text);
        if (!anchors) return in.complain("pem", describe(anchors.error()));
        out.chain.anchors = *std::move(anchors);
        out_.authorities.push_back(std::move(out));
    }

    void rule(json::Fields& in) {
        TrustRule out;
        out.match = in.string("match");
        for (json::Fields& one : in.objects("require")) out.require.push_back(requirement(one));
        if (out.require.empty()) in.complain("require", "asks for nobody");
        const std::string level = in.maybe_string("level").value_or("enforce");
        if (level != "enforce" && level != "warn") in.complain("level", "is not enforce or warn");
        out.warn = level == "warn";
        out.max_unsigned_files = in.maybe_count("max_unsigned_files").value_or(0);
        out.allow_unsigned = in.strings("allow_unsigned");
        for (const std::string& path : out.allow_unsigned) {
            if (!is_plain_path(path)) in.complain("allow_unsigned", "holds no plain relative path");
        }
        in.maybe_string("comment");
        in.finish();
        out_.rules.push_back(std::move(out));
    }

    Requirement requirement(json::Fields& in) {
        Requirement out;
        out.any_of = in.strings("any_of");
        const std::set<std::string> distinct(out.any_of.begin(), out.any_of.end());
        for (const std::string& name : distinct) {
            if (!names_.contains(name)) in.complain("any_of", "names nobody: " + name);
        }
        out.threshold = in.maybe_count("threshold").value_or(1);
        if (out.threshold == 0) in.complain("threshold", "asks for nobody");
        if (out.threshold > distinct.size()) in.complain("threshold", "is more than there are");
        in.finish();
        return out;
    }

    const ReadFile& read_file_;
    TrustStore out_;
    std::string problem_;
    std::set<std::string> names_;  // of keys and authorities
};

bool allows(const Roles& roles, Role role) {
    return role == Role::sign ? roles.sign : roles.attest;
}

Judged<void> check_status(const KeyEntry& entry, Role role) {
    if (entry.status == KeyStatus::revoked) return Refusal{Reason::revoked, entry.name, "the key"};
    // Of a retired key only what it signed before stands, and no verdict says when it was made.
    if (entry.status == KeyStatus::retired && role == Role::attest) {
        return Refusal{Reason::expired, entry.name, "the key is retired"};
    }
    return {};
}

Judged<void> check_entry(const KeyEntry& entry, Role role, std::int64_t now) {
    TRY(check_status(entry, role));
    if (!allows(entry.may, role)) {
        return Refusal{Reason::untrusted_key, entry.name, "may not " + std::string(name(role))};
    }
    if (entry.not_before && now < *entry.not_before) {
        return Refusal{Reason::expired, entry.name, "from " + utc_text(*entry.not_before)};
    }
    if (entry.not_after && now > *entry.not_after) {
        return Refusal{Reason::expired, entry.name, "until " + utc_text(*entry.not_after)};
    }
    return {};
}

Judged<Voucher> find_key(const TrustStore& store, const Bundle& bundle, Role role,
                         std::int64_t now) {
    Refusal why{Reason::untrusted_key};
    for (const KeyEntry& entry : store.keys) {
        const auto checked = check_key(bundle, entry.key);
        if (checked) {
            TRY(check_entry(entry, role, now));
            return Voucher{entry.name, {Method::key, entry.key}};
        }
        // That a key did not sign says nothing, unless the bundle says that it did.
        if (bundle.hint && checked.error().reason != Reason::wrong_key) {
            why = Refusal{checked.error().reason, entry.name, checked.error().detail};
        }
    }
    return why;
}

Judged<Voucher> find_authority(const TrustStore& store, const Bundle& bundle, Role role,
                               std::int64_t now) {
    Refusal why{Reason::untrusted_certificate};
    for (const AuthorityEntry& entry : store.authorities) {
        if (!allows(entry.may, role)) continue;
        ChainOptions chain = entry.chain;
        chain.now = now;
        const auto signer = check_certificate(bundle, chain);
        if (!signer) {
            why = signer.error();
            continue;
        }
        // What is said of a key is said of it whoever certifies it.
        for (const KeyEntry& key : store.keys) {
            if (key.key == signer->key) TRY(check_status(key, role));
        }
        return Voucher{entry.name, {Method::certificate, signer->key, signer->subject}};
    }
    return why;
}

/// Entries and keys of signatures that stand, as pairs in which none occurs twice. There are as
/// many as can be: in which order signatures were given must not matter.
class Pairing {
public:
    void add(const std::string& name, const std::string& key) { keys_of_[name].insert(key); }

    std::size_t count() {
        for (const auto& [name, keys] : keys_of_) {
            std::set<std::string> tried;
            place(name, tried);
        }
        return owner_of_.size();
    }

private:
    /// Finds a key for an entry; another entry may have to move to another of its keys. As deep as
    /// there are signatures.
    bool place(const std::string& name, std::set<std::string>& tried) {  // NOLINT(*-no-recursion)
        for (const std::string& key : keys_of_[name]) {
            if (!tried.insert(key).second) continue;
            const auto owner = owner_of_.find(key);
            if (owner != owner_of_.end() && !place(owner->second, tried)) continue;
            owner_of_[key] = name;
            return true;
        }
        return false;
    }

    std::map<std::string, std::set<std::string>> keys_of_;
    std::map<std::string, std::string> owner_of_;
};

}  // namespace

std::string_view name(Role role) { return role == Role::sign ? "sign" : "attest"; }

const TrustRule* TrustStore::rule_for(const std::string& model) const {
    // A pattern would be matched with what comes before it.
    if (model.find('\0') != std::string::npos) return nullptr;
    const auto found = std::find_if(rules.begin(), rules.end(), [&](const TrustRule& rule) {
        return ::fnmatch(rule.match.c_str(), model.c_str(), 0) == 0;
    });
    return found == rules.end() ? nullptr : &*found;
}

Judged<Voucher> TrustStore::find_voucher(const Bundle& bundle, Role role, std::int64_t now) const {
    if (now > expires) {
        return Refusal{Reason::expired, "", "the trust store, since " + utc_text(expires)};
    }
    return bundle.method == Method::certificate ? find_authority(*this, bundle, role, now)
                                                : find_key(*this, bundle, role, now);
}

Judged<void> TrustStore::check_manifest(const Voucher& voucher, const Manifest& manifest) const {
    for (const KeyEntry& entry : keys) {
        if (entry.key == voucher.signer.key && entry.status == KeyStatus::retired &&
            !entry.accepted_roots.contains(manifest.root)) {
            return Refusal{Reason::expired, entry.name,
                           "the key is retired, and the root is not one that it still vouches for"};
        }
    }
    if (revoked_digests.contains(manifest.root)) {
        return Refusal{Reason::revoked, "", "the root digest " + manifest.root};
    }
    return {};
}

Judged<TrustStore> make_trust_store(const json::Value& value, const ReadFile& read_file) {
    return Reading(read_file).run(value);
}

Judged<TrustStore> read_trust_store(std::string_view text, const ReadFile& read_file) {
    if (text.size() > kMostStore) return Refusal{Reason::too_large, "", "the trust store"};
    const auto value = json::parse(text, 16);
    if (!value) return not_json(Reason::bad_trust, value.error());
    return make_trust_store(*value, read_file);
}

Judged<void> decide(const TrustRule& rule, const std::vector<Voucher>& vouchers) {
    for (const Requirement& need : rule.require) {
        Pairing pairing;
        for (const Voucher& one : vouchers) {
            if (std::find(need.any_of.begin(), need.any_of.end(), one.name) != need.any_of.end()) {
                pairing.add(one.name, one.signer.key.id());
            }
        }
        const std::size_t have = pairing.count();
        if (have >= need.threshold) continue;
        std::string wanted;
        for (const std::string& name : need.any_of) wanted += (wanted.empty() ? "" : ", ") + name;
        return Refusal{Reason::untrusted_key, "",
                       std::to_string(need.threshold) + " of " + wanted + " must have signed, " +
                           std::to_string(have) + " did"};
    }
    return {};
}

}  // namespace pratique::signing
