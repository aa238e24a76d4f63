#include "api/verify.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <tuple>

#include "base/descriptor.h"
#include "base/limits.h"
#include "base/text.h"

namespace pratique::api {
namespace {

namespace fs = std::filesystem;
using signing::Judged;
using signing::Reason;
using signing::Refusal;

Descriptor open_to_read(const std::string& path) {
    return Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
}

bool is_folder(const std::string& path) {
    std::error_code error;
    return fs::is_directory(path, error);
}

/// One verification. Models that several signatures cover alike are hashed once.
class Verifying {
public:
    Verifying(const VerifyRequest& request, const Trust& trust) : request_(request), trust_(trust) {
        out_.model = request.model;
    }

    Verification run() {
        std::vector<std::string> paths = request_.signatures;
        if (paths.empty()) paths.push_back(find_signature(request_.model));
        for (const std::string& path : paths) {
            if (auto relative = inside(request_.model, path))
                signatures_inside_.push_back(*relative);
        }
        for (const std::string& path : paths) out_.signatures.push_back(check(path));
        if (uncovered_) out_.uncovered.assign(uncovered_->begin(), uncovered_->end());
        if (trust_.store) apply_rule(*trust_.store);
        return std::move(out_);
    }

private:
    SignatureResult check(const std::string& path) {
        SignatureResult out;
        out.path = path;
        const Judged<void> done = check_into(out);
        if (!done) out.refusals.push_back(done.error());
        return out;
    }

    Judged<void> check_into(SignatureResult& out) {
        std::error_code error;
        if (!fs::exists(out.path, error)) {
            return Refusal{Reason::unsigned_model, out.path, "no such file"};
        }
        const std::string text = TRY(read_small_file(out.path, signing::kMostBundle));
        if (signing::is_minisign(text)) return check_minisign(text, out);
        if (signing::is_ssh_signature(text)) return check_ssh(text, out);
        out.kind = "oms";
        return check_bundle(text, out);
    }

    Judged<void> check_bundle(const std::string& text, SignatureResult& out) {
        const signing::Bundle bundle = TRY(signing::read_bundle(text));
        const signing::Voucher voucher = TRY(find_voucher(bundle));
        const auto manifest =
            TRY(signing::read_manifest(TRY(signing::read_statement(bundle.payload))));
        out.entry = voucher.name;
        out.key = voucher.signer.key.id();
        out.subject = voucher.signer.subject;
        out.root = manifest.root;
        for (const std::string& member : manifest.unknown_members) {
            out.notices.push_back("has no effect: " + escape(member));
        }
        if (trust_.store) TRY(trust_.store->check_manifest(voucher, manifest));
        const signing::Found& found = TRY(measured(manifest));
        // A rule of a trust store counts what is not covered by any signature.
        const bool ignore = request_.ignore_uncovered || trust_.store.has_value();
        const auto compared = signing::compare(manifest, found.files, {ignore, found.is_file});
        out.covered = found.files.size() - compared.uncovered.size();
        out.refusals = compared.refusals;
        if (trust_.store) refuse_revoked(found.files, out);
        if (!out.stands()) return {};
        vouchers_.push_back(voucher);
        out_.confusable = compared.confusable;
        note_uncovered(compared.uncovered, found.ignored_files);
        return {};
    }

    Judged<signing::Voucher> find_voucher(const signing::Bundle& bundle) const {
        if (trust_.store) {
            return trust_.store->find_voucher(bundle, signing::Role::sign, std::time(nullptr));
        }
        return signing::Voucher{"", TRY(signing::find_signer(bundle, trust_.signers))};
    }

    void refuse_revoked(const std::vector<signing::Measured>& files, SignatureResult& out) const {
        for (const signing::Measured& file : files) {
            for (const auto& digest : file.digests) {
                if (trust_.store->revoked_digests.contains(hex(digest))) {
                    out.refusals.push_back({Reason::revoked, file.name, "its digest"});
                }
            }
        }
    }

    /// What the store says of the signatures that stand, and of the files that none covers.
    void apply_rule(const signing::TrustStore& store) {
        std::error_code error;
        const std::string name = request_.name.empty()
                                     ? fs::weakly_canonical(request_.model, error).native()
                                     : request_.name;
        const signing::TrustRule* rule = store.rule_for(name);
        if (rule == nullptr) {
            out_.refusals.push_back({Reason::untrusted_key, name, "no rule is for this model"});
            return;
        }
        out_.rule = rule->match;
        auto& reasons = rule->warn ? out_.warnings : out_.refusals;
        if (auto decided = signing::decide(*rule, vouchers_); !decided) {
            reasons.push_back(decided.error());
        }
        std::vector<std::string> counted;
        for (const std::string& file : out_.uncovered) {
            const auto& allowed = rule->allow_unsigned;
            if (std::none_of(allowed.begin(), allowed.end(), [&](const std::string& path) {
                    return signing::lies_below(file, path);
                })) {
                counted.push_back(file);
            }
        }
        if (counted.size() <= rule->max_unsigned_files) return;
        for (const std::string& file : counted) {
            reasons.push_back({Reason::uncovered_file, file});
        }
    }

    Judged<void> check_minisign(const std::string& text, SignatureResult& out) {
        out.kind = "minisign";
        const Descriptor file = TRY(open_single());
        const auto signature = TRY(signing::read_minisign(text));
        Refusal why{Reason::untrusted_key};
        for (const signing::MinisignKey& key : trust_.minisign_keys) {
            const auto checked =
                signing::verify_minisign(signature, key, file.get(),
                                         {trust_.allow_legacy_minisign, request_.options.cancel});
            if (checked) {
                out.key = key.key.id();
                out.covered = 1;
                if (signature.has_trusted_comment) {
                    out.notices.push_back("trusted comment: " + escape(signature.trusted_comment));
                }
                note_uncovered({}, {});
                return {};
            }
            if (checked.error().reason != Reason::wrong_key || trust_.minisign_keys.size() == 1) {
                why = checked.error();
            }
        }
        return why;
    }

    Judged<void> check_ssh(const std::string& text, SignatureResult& out) {
        out.kind = "ssh";
        const Descriptor file = TRY(open_single());
        const auto signature = TRY(signing::read_ssh_signature(text));
        signing::SshOptions options;
        options.principal = trust_.principal;
        options.now = std::time(nullptr);
        options.cancel = request_.options.cancel;
        TRY(signing::verify_ssh(signature, trust_.allowed_signers, file.get(), options));
        out.subject = trust_.principal;
        out.covered = 1;
        note_uncovered({}, {});
        return {};
    }

    /// The model, if it is a file: detached signatures sign nothing else.
    Judged<Descriptor> open_single() const {
        if (is_folder(request_.model)) {
            return Refusal{Reason::wrong_method, request_.model, "it signs single files only"};
        }
        Descriptor file = open_to_read(request_.model);
        if (!file) return Refusal{Reason::unreadable, request_.model, std::strerror(errno)};
        return file;
    }

    Judged<std::reference_wrapper<const signing::Found>> measured(const signing::Manifest& of) {
        signing::VerifyOptions options = request_.options;
        options.ignored.insert(options.ignored.end(), signatures_inside_.begin(),
                               signatures_inside_.end());
        const auto& how = of.serialization;
        const Key key{how.hash, how.shard_size, how.allow_links, signing::ignored_by(of, options)};
        for (const auto& [known, found] : measured_) {
            if (known == key) return std::cref(*found);
        }
        auto found = request_.measure ? TRY(request_.measure(of, options))
                                      : TRY(signing::measure(request_.model, of, options));
        measured_.emplace_back(key, std::make_unique<signing::Found>(std::move(found)));
        return std::cref(*measured_.back().second);
    }

    /// What one signature leaves out another may cover.
    void note_uncovered(const std::vector<std::string>& files,
                        const std::vector<std::string>& ignored) {
        std::set<std::string> names(files.begin(), files.end());
        for (const std::string& name : ignored) {
            const auto& own = signatures_inside_;
            if (std::find(own.begin(), own.end(), name) == own.end()) names.insert(name);
        }
        if (uncovered_) {
            std::erase_if(*uncovered_, [&](const auto& name) { return !names.contains(name); });
        } else {
            uncovered_ = std::move(names);
        }
    }

    using Key = std::tuple<signing::HashAlgorithm, std::uint64_t, bool, std::vector<std::string>>;

    const VerifyRequest& request_;
    const Trust& trust_;
    Verification out_;
    std::vector<std::string> signatures_inside_;  // relative to the model
    std::vector<std::pair<Key, std::unique_ptr<signing::Found>>> measured_;
    std::vector<signing::Voucher> vouchers_;  // of signatures that stand
    std::optional<std::set<std::string>> uncovered_;
};

}  // namespace

std::string_view name(Standing standing) {
    switch (standing) {
        case Standing::verified: return "verified";
        case Standing::refused: return "refused";
        case Standing::undecided: break;
    }
    return "undecided";
}

Standing Verification::standing() const {
    std::vector<Refusal> reasons = refusals;
    bool open = false;
    for (const SignatureResult& one : signatures) {
        for (const Refusal& refusal : one.refusals) {
            open = open || signing::is_open(refusal.reason);
            if (rule.empty()) reasons.push_back(refusal);
        }
    }
    if (std::any_of(reasons.begin(), reasons.end(),
                    [](const Refusal& refusal) { return !signing::is_open(refusal.reason); })) {
        return Standing::refused;
    }
    // A warning is about what was looked at; no signature at all would be a verdict about nothing.
    const bool unknown = open && !warnings.empty();
    return !reasons.empty() || unknown || signatures.empty() ? Standing::undecided
                                                             : Standing::verified;
}

std::string default_signature(const std::string& model) {
    return is_folder(model) ? (fs::path(model) / "model.sig").native() : model + ".sig";
}

std::string find_signature(const std::string& model) {
    std::error_code error;
    if (is_folder(model)) return default_signature(model);
    for (const char* ending : {".sig", ".minisig", ".sshsig"}) {
        if (fs::exists(model + ending, error)) return model + ending;
    }
    return default_signature(model);
}

std::optional<std::string> inside(const std::string& model, const std::string& path) {
    std::error_code error;
    const fs::path top = fs::canonical(model, error);
    if (error) return std::nullopt;
    const fs::path given(path);
    const fs::path folder =
        fs::canonical(given.has_parent_path() ? given.parent_path() : ".", error);
    if (error) return std::nullopt;
    const std::string relative = (folder / given.filename()).lexically_relative(top).native();
    if (!signing::is_plain_path(relative)) return std::nullopt;
    return relative;
}

Judged<std::string> read_small_file(const std::string& path, std::size_t most) {
    const Descriptor file = open_to_read(path);
    struct stat info {};
    if (!file || ::fstat(file.get(), &info) != 0) {
        return Refusal{Reason::unreadable, path, std::strerror(errno)};
    }
    if (!S_ISREG(info.st_mode)) return Refusal{Reason::special_file, path};
    std::string out;
    std::string block(65536, '\0');
    while (true) {
        const ssize_t got = ::read(file.get(), block.data(), block.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return Refusal{Reason::unreadable, path, std::strerror(errno)};
        if (got == 0) return out;
        out.append(block, 0, static_cast<std::size_t>(got));
        if (out.size() > most) return Refusal{Reason::too_large, path};
    }
}

Judged<signing::TrustStore> read_trust_store(const std::string& path) {
    const std::string text = TRY(read_small_file(path, 4 * kMiB));
    const fs::path folder = fs::path(path).parent_path();
    auto store =
        signing::read_trust_store(text, [&](const std::string& named) -> Judged<std::string> {
            return read_small_file((folder / named).native(), 4 * kMiB);
        });
    if (!store) return Refusal{store.error().reason, path, store.error().detail};
    return store;
}

Verification verify(const VerifyRequest& request, const Trust& trust) {
    return Verifying(request, trust).run();
}

}  // namespace pratique::api
