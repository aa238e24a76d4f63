#include "api/gate/gate.h"

#include <fcntl.h>

#include <algorithm>
#include <atomic>
#include <ctime>
#include <filesystem>
#include <set>
#include <thread>

#include "api/attest/attestation.h"
#include "api/gate/admitted.h"
#include "api/gate/model_files.h"
#include "api/sign.h"
#include "base/cancel.h"
#include "base/text.h"
#include "base/time.h"

namespace pratique::api {
namespace {

namespace fs = std::filesystem;
using signing::Judged;
using signing::Reason;
using signing::Refusal;

/// A clock may be a little ahead of the one that signed.
constexpr std::int64_t kClockError = 300;

Answer answer_of(const Refusal& refusal) {
    return signing::is_open(refusal.reason) ? Answer::undecided : Answer::refused;
}

std::vector<std::string> vouchers(const std::string& model, const GateOptions& options) {
    std::vector<std::string> out = options.signatures;
    if (out.empty()) out.push_back(find_signature(model));
    out.insert(out.end(), options.attestations.begin(), options.attestations.end());
    return out;
}

/// One model at the gate.
class Gating {
public:
    Gating(const std::string& model, const Policy& policy, const GateOptions& options)
        : model_(model),
          policy_(policy),
          options_(options),
          files_(find_model(model, vouchers(model, options))) {
        out_.model = escape(model);
        out_.policy = escape(policy.name);
        out_.policy_digest = policy.digest;
    }

    Decision run() {
        if (!prepare_copy() || !look_at_record()) return std::move(out_);
        if (policy_.attestation.instead_of_scan) find_attestation();
        // Nothing that is found now would change that, unless the policy only warns.
        if (policy_.attestation.required && !attestation_ && !policy_.warn) return std::move(out_);
        verify_signatures();
        take_files();
        if (attestation_) {
            compare_with_attestation();
            out_.evidence = {attestation_->files, attestation_->tier, attestation_->binding};
            for (ScannedFile& file : out_.evidence.files) file.path = escape(file.path);
        }
        ScanPolicy rules = policy_.scan;
        // Which would make of a gap what a warning lets pass.
        if (policy_.warn) rules.fail_on = std::max(rules.fail_on, scanner::Verdict::suspicious);
        for (Check& check : judge(out_.evidence, rules)) out_.checks.push_back(std::move(check));
        if (policy_.warn) {
            for (Check& check : out_.checks) {
                if (check.answer == Answer::refused) check.answer = Answer::warned;
            }
        }
        // A policy may accept gaps, but not those of a caller who gave up.
        if (is_cancelled(cancel())) add("model", Answer::undecided, {Reason::interrupted});
        if (out_.answer() <= Answer::warned) hand_over();
        return std::move(out_);
    }

private:
    void add(std::string rule, Answer answer, const Refusal& refusal) {
        out_.checks.push_back({std::move(rule), escape(refusal.subject), answer,
                               signing::describe(Refusal{refusal.reason, "", refusal.detail})});
    }
    void passed(std::string rule, const std::string& subject, std::string message) {
        out_.checks.push_back(
            {std::move(rule), escape(subject), Answer::passed, std::move(message)});
    }

    int cancel() const { return options_.scan.sandbox.cancel; }

    // --- Attestations ---

    /// The first verdict that may stand for a scan. None is no reason to refuse, unless one is
    /// required: then the files are scanned here.
    void find_attestation() {
        const bool needed = policy_.attestation.required;
        for (const std::string& path : options_.attestations) {
            auto read = read_verdict(path);
            if (read) {
                attestation_ = *std::move(read);
                passed("attestation", path,
                       "a verdict by " + escape(out_.attested_by) + " of " +
                           utc_text(attestation_->created));
                return;
            }
            const Refusal& why = read.error();
            add("attestation", needed ? answer_of(why) : Answer::passed,
                {why.reason, path, why.detail.empty() ? why.subject : why.detail});
        }
        if (needed) add("attestation.required", Answer::refused, {Reason::unsigned_model});
    }

    Judged<Attestation> read_verdict(const std::string& path) {
        const std::string text = TRY(read_small_file(path, signing::kMostBundle));
        const signing::Bundle bundle = TRY(signing::read_bundle(text));
        const std::int64_t now = std::time(nullptr);
        const auto voucher = TRY(policy_.trust->find_voucher(bundle, signing::Role::attest, now));
        Attestation out = TRY(read_attestation(TRY(signing::read_statement(bundle.payload))));
        TRY(check_verdict(out, now));
        out_.attested_by = voucher.name;
        return out;
    }

    Judged<void> check_verdict(const Attestation& verdict, std::int64_t now) const {
        const AttestationPolicy& rule = policy_.attestation;
        if (now - verdict.created > rule.max_age || verdict.created > now + kClockError) {
            return Refusal{Reason::expired, "", "a verdict of " + utc_text(verdict.created)};
        }
        if (!is_at_least(verdict.version, rule.min_version)) {
            return Refusal{Reason::expired, "", "by version " + verdict.version};
        }
        const auto& rules = rule.rules_digests;
        if (!rules.empty() &&
            std::find(rules.begin(), rules.end(), verdict.rules_digest) == rules.end()) {
            return Refusal{Reason::expired, "", "by the rules " + verdict.rules_digest};
        }
        if (!verdict.passed) return Refusal{Reason::untrusted_key, "", "the verdict is FAILED"};
        return {};
    }

    /// Every file must be one that the verdict is about, byte for byte and name for name.
    void compare_with_attestation() {
        const std::size_t before = out_.checks.size();
        // Nobody looked at these bytes, and a warning lets no gap pass.
        const Answer answer = policy_.warn ? Answer::undecided : Answer::refused;
        std::set<std::string> unread;
        for (std::size_t i = 0; i < files_.names.size(); ++i) {
            const std::string& name = files_.names[i];
            // What could not be read is not what was exchanged.
            for (const scanner::Gap& gap : out_.evidence.files[i].report.gaps) {
                out_.checks.push_back(
                    {"attestation.files", escape(name), Answer::undecided,
                     std::string(scanner::name(gap.reason)) + ": " + gap.message});
                unread.insert(name);
            }
            const bool is_link = !files_.is_file && !files_.found.files[i].target.empty();
            if (is_link) add("attestation.files", answer, {Reason::link, name});
        }
        for (const Refusal& one : differences(*attestation_, taken_files_)) {
            if (!unread.contains(one.subject)) add("attestation.files", answer, one);
        }
        // What is there and is no file (a FIFO, a link that leads out) was in no verdict.
        for (std::size_t i = files_.names.size(); i < out_.evidence.files.size(); ++i) {
            add("attestation.files", answer, {Reason::special_file, out_.evidence.files[i].path});
        }
        if (out_.checks.size() == before) {
            passed("attestation.files", "", "all are those of the verdict");
        }
    }

    // --- Signatures ---

    void verify_signatures() {
        if (!policy_.trust) return;
        VerifyRequest request;
        request.model = model_;
        request.name = options_.name;
        request.signatures = options_.signatures;
        request.options.cancel = cancel();
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
        const bool nothing = std::all_of(
            done.signatures.begin(), done.signatures.end(), [](const SignatureResult& one) {
                return !one.stands() && one.refusals.front().reason == Reason::unsigned_model;
            });
        for (const SignatureResult& one : done.signatures) {
            for (const Refusal& refusal : one.refusals) {
                // A model that nobody signed is none that somebody tampered with.
                add("signature", nothing && !needed ? Answer::passed : answer_of(refusal), refusal);
            }
            if (one.stands()) {
                passed("signature", one.path,
                       "signed by " + escape(one.entry) + ", key " + one.key);
            }
        }
        if (nothing && !needed) return;
        const std::string rule = "trust.rules " + escape(done.rule);
        for (const Refusal& refusal : done.refusals) add(rule, answer_of(refusal), refusal);
        for (const Refusal& refusal : done.warnings) add(rule, Answer::warned, refusal);
        if (done.refusals.empty() && done.warnings.empty()) {
            passed(rule, "", "who must have signed has");
        }
    }

    /// The files as a signature counts them, from the copies that are looked at.
    Judged<signing::Found> measure(const signing::Manifest& manifest,
                                   const signing::VerifyOptions& how) {
        const signing::Serialization& wanted = manifest.serialization;
        if (!taken_) serialization_ = wanted;
        take_files();
        if (wanted.hash != serialization_.hash || wanted.shard_size != serialization_.shard_size) {
            return Refusal{Reason::unsupported, "",
                           "signatures of one model that count its files differently"};
        }
        const auto ignored = signing::ignored_by(manifest, how);
        signing::Found out;
        out.is_file = files_.is_file;
        for (std::size_t i = 0; i < files_.names.size(); ++i) {
            const std::string& name = files_.names[i];
            const bool left_out =
                !out.is_file &&
                std::any_of(ignored.begin(), ignored.end(), [&](const std::string& path) {
                    return signing::lies_below(name, path);
                });
            if (left_out) {
                out.ignored_files.push_back(name);
                continue;
            }
            if (!files_.found.files[i].target.empty() && !out.is_file) {
                return Refusal{Reason::link, name};
            }
            // Its gap says why nothing is known of its bytes.
            if (!measured_[i]) return Refusal{Reason::unreadable, name};
            out.files.push_back(*measured_[i]);
        }
        TRY(measure_vouchers(manifest, out));
        std::sort(out.files.begin(), out.files.end(),
                  [](const auto& a, const auto& b) { return a.name < b.name; });
        return out;
    }

    /// Who signed after attesting signed the attestation, too. It is no file that is handed out.
    Judged<void> measure_vouchers(const signing::Manifest& manifest, signing::Found& out) const {
        for (const std::string& name : files_.vouchers) {
            const auto is_it = [&](const auto& signed_file) { return signed_file.name == name; };
            if (std::none_of(manifest.files.begin(), manifest.files.end(), is_it)) continue;
            const std::string path = (fs::path(model_) / name).native();
            const Descriptor file(
                ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
            if (!file) return Refusal{Reason::unreadable, name};
            out.files.push_back(TRY(signing::hash_file(
                file.get(), name, {serialization_.hash, serialization_.shard_size, 1, cancel()})));
        }
        return {};
    }

    // --- Files ---

    /// Copies and hashes all files, once, and has the copies scanned unless a verdict stands for
    /// it.
    void take_files() {
        if (taken_) return;
        taken_ = true;
        measured_.resize(files_.names.size());
        ScanOptions how = options_.scan;
        how.isolate_files = true;
        if (options_.in_place) {
            how.snapshot.reset();
            how.digest = true;
        } else {
            if (!how.snapshot) how.snapshot.emplace();
            how.snapshot->digest = true;
        }
        how.sandbox.min_tier = std::max(how.sandbox.min_tier, policy_.scan.min_tier);
        how.unread = attestation_.has_value();
        how.opened = [this](std::size_t file, const Opened& opened) { return take(file, opened); };
        ScanReport report = scan(files_.found, how);
        for (std::size_t i = 0; i < files_.names.size(); ++i) {
            taken_files_.push_back({files_.names[i], report.files[i].size, report.files[i].sha256});
        }
        out_.evidence.tier = report.isolation.tier();
        out_.evidence.binding = report.binding();
        out_.evidence.files = std::move(report.files);
    }

    /// Measures a copy before a worker gets it. Files are different ones, so no lock is needed.
    std::optional<scanner::Gap> take(std::size_t file, const Opened& opened) {
        const std::string& name = files_.names[file];
        auto done = measure_copy(name, opened);
        if (done && copy_) {
            if (auto copied = copy_->add(name, opened.fd.get(), opened.stamp.size, cancel());
                !copied) {
                done = copied.error();
            }
        }
        if (!done) {
            return scanner::Gap{scanner::GapReason::unreadable, "", 0, describe(done.error())};
        }
        measured_[file] = *std::move(done);
        return std::nullopt;
    }

    Judged<signing::Measured> measure_copy(const std::string& name, const Opened& opened) const {
        if (serialization_.hash == signing::HashAlgorithm::sha256 &&
            serialization_.shard_size == 0) {
            return signing::Measured{name, opened.stamp.size, {unhex(opened.sha256)}};
        }
        return signing::hash_file(opened.fd.get(), name,
                                  {serialization_.hash, serialization_.shard_size, 1, cancel()});
    }

    // --- What was admitted ---

    bool prepare_copy() {
        if (options_.output.empty()) return true;
        auto made = AdmittedCopy::create(options_.output);
        if (!made) {
            add("output", Answer::undecided, made.error());
            return false;
        }
        copy_ = std::move(made).value();
        return true;
    }

    /// Whether it may be written, before much work is done. What is no record is not replaced: a
    /// slip of the hand must not cost a model.
    bool look_at_record() {
        std::error_code error;
        if (options_.record.empty() || !fs::exists(fs::symlink_status(options_.record, error))) {
            return true;
        }
        const auto old = read_small_file(options_.record, kMostRecord);
        const char* why = "it exists already";
        if (options_.replace) why = "it is no record, and so not replaced";
        if (options_.replace && old && read_record(*old)) return true;
        add("record", Answer::undecided, {Reason::unreadable, options_.record, why});
        return false;
    }

    void hand_over() {
        if (copy_) {
            if (auto done = copy_->commit(); !done) add("output", Answer::undecided, done.error());
        }
        out_.admitted = taken_files_;
        if (options_.record.empty()) return;
        const std::string text = write_record(model_, policy_.digest, out_.admitted);
        if (auto done = write_whole(options_.record, text, options_.replace, cancel()); !done) {
            add("record", Answer::undecided, done.error());
        }
    }

    const std::string& model_;
    const Policy& policy_;
    const GateOptions& options_;
    const ModelFiles files_;
    Decision out_;
    std::optional<Attestation> attestation_;
    bool taken_ = false;
    signing::Serialization serialization_;                    // by which the copies are measured
    std::vector<std::optional<signing::Measured>> measured_;  // by the number of the file
    std::vector<AdmittedFile> taken_files_;                   // as they were looked at
    std::unique_ptr<AdmittedCopy> copy_;
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
