#include "api/gate/gate.h"

#include <algorithm>
#include <filesystem>

#include "base/digest.h"
#include "base/text.h"

namespace pratique::api {
namespace {

namespace fs = std::filesystem;
using signing::Judged;
using signing::Reason;
using signing::Refusal;

/// One model at the gate.
class Gating {
public:
    Gating(const std::string& model, const Policy& policy, const GateOptions& options)
        : model_(model), policy_(policy), options_(options), found_(find_files({model})) {
        out_.model = escape(model);
        out_.policy = escape(policy.name);
        out_.policy_digest = policy.digest;
    }

    Decision run() {
        verify_signatures();
        if (!scanned_) scan_files();
        for (Check& check : judge(out_.report, policy_.scan)) out_.checks.push_back(check);
        if (policy_.warn) {
            for (Check& check : out_.checks) {
                if (check.answer == Answer::refused) check.answer = Answer::warned;
            }
        }
        return std::move(out_);
    }

private:
    void add(std::string rule, Answer answer, const Refusal& refusal) {
        out_.checks.push_back({std::move(rule), escape(refusal.subject), answer,
                               signing::describe(Refusal{refusal.reason, "", refusal.detail})});
    }

    // --- Signatures ---

    void verify_signatures() {
        if (!policy_.trust) return;
        VerifyRequest request;
        request.model = model_;
        request.name = options_.name;
        request.signatures = options_.signatures;
        request.measure = [this](const signing::Manifest& manifest,
                                 const signing::VerifyOptions& how) {
            return measure(manifest, how);
        };
        Trust trust;
        trust.store = policy_.trust;
        out_.verification = verify(request, trust);
        report_signatures(*out_.verification);
    }

    void report_signatures(const Verification& done) {
        const bool needed = policy_.signature_required;
        for (const SignatureResult& one : done.signatures) {
            for (const Refusal& refusal : one.refusals) {
                // A model that nobody signed is none that somebody tampered with.
                const bool absent = refusal.reason == Reason::unsigned_model && !needed;
                add("signature", absent ? Answer::passed : answer_of(refusal), refusal);
            }
            if (one.stands()) {
                out_.checks.push_back({"signature", escape(one.path), Answer::passed,
                                       "signed by " + escape(one.entry) + ", key " + one.key});
            }
        }
        const bool nothing = std::all_of(
            done.signatures.begin(), done.signatures.end(), [](const SignatureResult& one) {
                return one.refusals.size() == 1 &&
                       one.refusals.front().reason == Reason::unsigned_model;
            });
        if (nothing && !needed) return;
        const std::string rule = "trust.rules " + escape(done.rule);
        for (const Refusal& refusal : done.refusals) add(rule, answer_of(refusal), refusal);
        for (const Refusal& refusal : done.warnings) add(rule, Answer::warned, refusal);
        if (done.refusals.empty() && done.warnings.empty()) {
            out_.checks.push_back({rule, "", Answer::passed, "who must have signed has"});
        }
    }

    static Answer answer_of(const Refusal& refusal) {
        return signing::is_open(refusal.reason) ? Answer::undecided : Answer::refused;
    }

    /// The files as a signature counts them, from the copies that are scanned.
    Judged<signing::Found> measure(const signing::Manifest& manifest,
                                   const signing::VerifyOptions& how) {
        const signing::Serialization& wanted = manifest.serialization;
        if (!scanned_) {
            serialization_ = wanted;
            scan_files();
        }
        if (wanted.hash != serialization_.hash || wanted.shard_size != serialization_.shard_size) {
            return Refusal{Reason::unsupported, "",
                           "signatures of one model that count its files differently"};
        }
        const auto ignored = signing::ignored_by(manifest, how.ignored);
        signing::Found out;
        std::error_code error;
        out.is_file = !fs::is_directory(model_, error);
        for (std::size_t i = 0; i < found_.files.size(); ++i) {
            const std::string name = name_of(found_.files[i]);
            const bool left_out = std::any_of(
                ignored.begin(), ignored.end(),
                [&](const std::string& path) { return signing::lies_below(name, path); });
            if (left_out && !out.is_file) {
                out.ignored_files.push_back(name);
                continue;
            }
            if (!found_.files[i].target.empty() && !out.is_file) {
                return Refusal{Reason::link, name};
            }
            if (!measured_[i]) {
                // Its gap says why; nothing is known of its bytes.
                return Refusal{Reason::unreadable, name};
            }
            out.files.push_back(*measured_[i]);
            out.files.back().name = name;
        }
        std::sort(out.files.begin(), out.files.end(),
                  [](const auto& a, const auto& b) { return a.name < b.name; });
        return out;
    }

    std::string name_of(const FoundFile& file) const {
        const std::string relative = fs::path(file.path).lexically_relative(model_).native();
        return relative == "." ? fs::path(model_).filename().native() : relative;
    }

    // --- Scan ---

    void scan_files() {
        scanned_ = true;
        measured_.resize(found_.files.size());
        ScanOptions how = options_.scan;
        how.isolate_files = true;
        how.digest = true;
        if (!how.snapshot) how.snapshot.emplace();
        how.snapshot->digest = true;
        how.sandbox.min_tier = std::max(how.sandbox.min_tier, policy_.scan.min_tier);
        how.opened = [this](std::size_t file, const Opened& opened) { return take(file, opened); };
        out_.report = scan(found_, how);
    }

    /// Measures a copy before a worker gets it. Files are different ones, so no lock is needed.
    std::optional<scanner::Gap> take(std::size_t file, const Opened& opened) {
        signing::Measured out;
        const bool by_copy =
            serialization_.hash == signing::HashAlgorithm::sha256 && serialization_.shard_size == 0;
        if (by_copy) {
            const auto digest = unhex(opened.sha256);
            out.size = opened.stamp.size;
            out.digests.push_back(digest);
        } else {
            auto hashed = signing::hash_file(opened.fd.get(), "",
                                             {serialization_.hash, serialization_.shard_size, 1});
            if (!hashed) {
                return scanner::Gap{scanner::GapReason::unreadable, "", 0,
                                    describe(hashed.error())};
            }
            out = *std::move(hashed);
        }
        measured_[file] = std::move(out);
        return std::nullopt;
    }

    const std::string& model_;
    const Policy& policy_;
    const GateOptions& options_;
    const Found found_;
    Decision out_;
    bool scanned_ = false;
    signing::Serialization serialization_;                    // by which the copies are measured
    std::vector<std::optional<signing::Measured>> measured_;  // by the number of the file
};

}  // namespace

std::string_view name(Answer answer) {
    switch (answer) {
        case Answer::passed: return "passed";
        case Answer::warned: return "warned";
        case Answer::undecided: return "undecided";
        case Answer::refused: break;
    }
    return "refused";
}

Answer Decision::answer() const {
    // No rule that passed it is no reason to let it pass.
    Answer worst = checks.empty() ? Answer::undecided : Answer::passed;
    for (const Check& check : checks) worst = std::max(worst, check.answer);
    return worst;
}

Decision gate(const std::string& model, const Policy& policy, const GateOptions& options) {
    return Gating(model, policy, options).run();
}

}  // namespace pratique::api
