#include "api/attest/attestation.h"

#include <algorithm>
#include <map>

#include "api/report/reader.h"
#include "api/report/report.h"
#include "base/json_fields.h"
#include "base/time.h"
#include "signing/manifest/manifest.h"

namespace pratique::api {
namespace {

using scanner::Verdict;
using signing::Judged;
using signing::Reason;
using signing::Refusal;

constexpr std::string_view kVerifier = "https://github.com/pratique";
constexpr std::size_t kMostFiles = 1'000'000;

Verdict worst(const std::vector<ScannedFile>& files) {
    Verdict out = files.empty() ? Verdict::incomplete : Verdict::clean;
    for (const ScannedFile& file : files) out = std::max(out, scanner::verdict(file.report));
    return out;
}

std::string_view result_of(Verdict verdict) {
    if (verdict == Verdict::clean) return "PASSED";
    return verdict == Verdict::malicious ? "FAILED" : "WARNED";
}

void put_names(json::Writer& out, std::string_view key, std::string_view result,
               const std::vector<ScannedFile>& files) {
    out.key(key).begin_array();
    for (const ScannedFile& file : files) {
        if (result_of(scanner::verdict(file.report)) == result) out.string(file.path);
    }
    out.end_array();
}

void put_digest(json::Writer& out, const std::string& digest) {
    out.key("digest").begin_object().key("sha256").string(digest).end_object();
}

void put_test_result(json::Writer& out, const Attestation& attestation) {
    out.key("result").string(result_of(worst(attestation.files)));
    out.key("configuration").begin_array().begin_object().key("name").string("rules");
    put_digest(out, attestation.rules_digest);
    out.end_object().end_array();
    put_names(out, "passedTests", "PASSED", attestation.files);
    put_names(out, "warnedTests", "WARNED", attestation.files);
    put_names(out, "failedTests", "FAILED", attestation.files);
}

void put_summary(json::Writer& out, const Attestation& attestation) {
    out.key("verifier").begin_object().key("id").string(kVerifier).end_object();
    out.key("timeVerified").string(utc_text(attestation.created));
    out.key("resourceUri").verbatim(attestation.model_name);
    out.key("policy").begin_object().key("uri").verbatim(attestation.policy_name);
    put_digest(out, attestation.policy_digest);
    out.end_object();
    out.key("verificationResult").string(attestation.passed ? "PASSED" : "FAILED");
    out.key("verifiedLevels").begin_array();
    if (attestation.passed) out.string("PRATIQUE_ADMITTED");
    out.end_array();
}

void put_report(json::Writer& out, const Attestation& attestation) {
    out.key("pratique").begin_object();
    out.key("version").string(attestation.version);
    out.key("created").string(utc_text(attestation.created));
    out.key("rules_digest").string(attestation.rules_digest);
    out.key("tier").string(name(attestation.tier));
    out.key("binding").string(name(attestation.binding));
    const Limits& limits = attestation.limits;
    out.key("limits").begin_object().key("depth").number(limits.depth);
    out.key("members").number(limits.members);
    out.key("inflated_bytes").number(limits.inflated_bytes);
    out.key("ratio").number(limits.ratio);
    out.key("nodes").number(limits.nodes);
    out.key("probed_bytes").number(limits.probed_bytes).end_object();
    out.key("files").begin_array();
    for (const ScannedFile& file : attestation.files) put_file(out, file);
    out.end_array().end_object();
}

/// Reads the predicate; what is wrong goes to `problem`.
class Reading {
public:
    Reading(const signing::Statement& statement, Attestation& out)
        : statement_(statement), out_(out) {}

    std::string run() {
        json::Fields top(statement_.predicate, "predicate", problem_);
        if (statement_.predicate_type == kVerificationSummary) read_summary(top);
        read_report(top.object("pratique"));
        if (statement_.predicate_type == kTestResult &&
            top.string("result") != result_of(worst(out_.files))) {
            top.complain("result", "does not follow from the files");
        }
        check_subjects();
        return problem_;
    }

private:
    void read_summary(json::Fields& top) {
        const std::string result = top.string("verificationResult");
        if (result != "PASSED" && result != "FAILED") {
            top.complain("verificationResult", "is not PASSED or FAILED");
        }
        out_.passed = result == "PASSED";
        out_.model_name = top.string("resourceUri");
        json::Fields policy = top.object("policy");
        out_.policy_name = policy.maybe_string("uri").value_or("");
        out_.policy_digest = policy.object("digest").string("sha256");
    }

    void read_report(json::Fields in) {
        out_.version = in.string("version");
        const auto created = utc_seconds(in.string("created"));
        if (!created) in.complain("created", "is no time");
        out_.created = created.value_or(0);
        out_.rules_digest = in.string("rules_digest");
        if (!signing::is_hex(out_.rules_digest, 32)) in.complain("rules_digest", "is no SHA-256");
        const auto tier = tier_named(in.string("tier"));
        if (!tier) in.complain("tier", "is not known");
        out_.tier = tier.value_or(sandbox::Tier::none);
        const auto binding = binding_named(in.string("binding"));
        if (!binding) in.complain("binding", "is not known");
        out_.binding = binding.value_or(Binding::weak);
        read_limits(in.object("limits"));
        auto files = in.objects("files");
        if (files.size() > kMostFiles) return in.complain("files", "holds too many");
        for (json::Fields& file : files) out_.files.push_back(read_scanned_file(file));
        in.finish();
    }

    void read_limits(json::Fields in) {
        Limits& to = out_.limits;
        to.depth = static_cast<std::uint32_t>(std::min<std::uint64_t>(in.count("depth"), 1'000));
        to.members =
            static_cast<std::uint32_t>(std::min<std::uint64_t>(in.count("members"), UINT32_MAX));
        to.inflated_bytes = in.count("inflated_bytes");
        to.ratio = in.count("ratio");
        to.nodes = in.count("nodes");
        to.probed_bytes = in.count("probed_bytes");
    }

    /// The subjects are what other tools read, the report is what this one does: they must say the
    /// same.
    void check_subjects() {
        std::map<std::string_view, std::string_view> subjects;
        for (const signing::Subject& subject : statement_.subjects) {
            if (!subjects.emplace(subject.name, subject.sha256).second) {
                return refuse("a subject twice: " + subject.name);
            }
        }
        for (const ScannedFile& file : out_.files) {
            const auto subject = subjects.find(file.path);
            if (!signing::is_plain_path(file.path) || subject == subjects.end() ||
                subject->second != file.sha256) {
                return refuse("a file that is no subject: " + file.path);
            }
            subjects.erase(subject);
        }
        if (!subjects.empty()) refuse("subjects that the report says nothing of");
        if (out_.files.empty()) refuse("a report about nothing");
    }

    void refuse(const std::string& why) {
        if (problem_.empty()) problem_ = why;
    }

    const signing::Statement& statement_;
    Attestation& out_;
    std::string problem_;
};

}  // namespace

scanner::Verdict verdict(const Attestation& attestation) {
    auto out = scanner::Verdict::clean;
    for (const auto& file : attestation.files) out = std::max(out, scanner::verdict(file.report));
    return out;
}

std::string write_attestation(const Attestation& attestation, std::string_view predicate_type) {
    std::vector<signing::Subject> subjects;
    subjects.reserve(attestation.files.size());
    for (const ScannedFile& file : attestation.files) subjects.push_back({file.path, file.sha256});
    json::Writer out;
    signing::begin_statement(out, subjects, predicate_type);
    if (predicate_type == kVerificationSummary) {
        put_summary(out, attestation);
    } else {
        put_test_result(out, attestation);
    }
    put_report(out, attestation);
    out.end_object().end_object();
    return out.take();
}

Judged<Attestation> read_attestation(const signing::Statement& statement) {
    if (statement.predicate_type != kTestResult &&
        statement.predicate_type != kVerificationSummary) {
        return Refusal{Reason::bad_statement, "", "the predicate " + statement.predicate_type};
    }
    Attestation out;
    if (std::string problem = Reading(statement, out).run(); !problem.empty()) {
        return Refusal{Reason::bad_statement, "", problem};
    }
    return out;
}

std::vector<Refusal> differences(const Attestation& attestation, std::vector<AdmittedFile> here) {
    std::vector<AdmittedFile> there;
    for (const ScannedFile& file : attestation.files) {
        there.push_back({file.path, file.size, file.sha256});
    }
    const auto by_name = [](const auto& a, const auto& b) { return a.name < b.name; };
    std::sort(here.begin(), here.end(), by_name);
    std::sort(there.begin(), there.end(), by_name);
    std::vector<Refusal> out;
    auto is = here.begin();
    auto was = there.begin();
    while (is != here.end() || was != there.end()) {
        if (was == there.end() || (is != here.end() && is->name < was->name)) {
            out.push_back({Reason::uncovered_file, (is++)->name});
        } else if (is == here.end() || was->name < is->name) {
            out.push_back({Reason::missing_file, (was++)->name});
        } else {
            if (is->sha256 != was->sha256 || is->size != was->size) {
                out.push_back({Reason::changed_file, is->name});
            }
            ++is, ++was;
        }
    }
    return out;
}

}  // namespace pratique::api
