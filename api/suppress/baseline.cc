#include "api/suppress/baseline.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "api/acceptable.h"
#include "api/verify.h"
#include "base/digest.h"
#include "base/json_fields.h"
#include "base/limits.h"
#include "base/text.h"
#include "rules/findings.h"

namespace pratique::api {
namespace {

using scanner::Finding;
using scanner::Gap;
using scanner::RuleId;
using signing::Judged;
using signing::Reason;
using signing::Refusal;

/// A million clean files, or a hundred thousand with something to say.
constexpr std::size_t kMostText = 512 * kMiB;

/// About other files, which the digest of this one says nothing about, or about the process that
/// read it.
bool is_about_bytes(RuleId rule) {
    static constexpr std::array kOthers = {
        RuleId::file_reference_outside, RuleId::file_reference_hard_link,
        RuleId::file_reference_short,   RuleId::file_reads_unsafe,
        RuleId::pickle_sidecar_import,  RuleId::pickle_shadowed_package,
        RuleId::keras_imports_beside,   RuleId::config_local_code,
        RuleId::sandbox_denied_call,    RuleId::sandbox_protocol};
    return std::ranges::find(kOthers, rule) == kOthers.end();
}

/// Fields of a fingerprint; no text of a report holds a control character.
std::string joined(std::initializer_list<std::string_view> fields) {
    std::string out;
    for (const std::string_view field : fields) {
        out += field;
        out += '\n';
    }
    return out;
}

std::string fingerprint(const Finding& finding) {
    return joined({rules::info(finding.rule).id, rules::name(finding.severity),
                   rules::names(finding.capabilities), finding.artifact, finding.evidence});
}

std::string fingerprint(const Gap& gap) { return joined({name(gap.reason), gap.artifact}); }

/// As rules::names() puts them.
std::string capabilities(json::Fields& in) {
    std::string out;
    for (const std::string& one : in.strings("capabilities"))
        out += (out.empty() ? "" : ", ") + one;
    return out;
}

std::string finding_of(json::Fields& in) {
    return joined({in.string("rule"), in.string("severity"), capabilities(in),
                   in.string("artifact"), in.string("evidence")});
}

std::string gap_of(json::Fields& in) {
    return joined({in.string("reason"), in.string("artifact")});
}

/// The same path, however it was put together.
std::string plain(const std::string& path) {
    return std::filesystem::path(path).lexically_normal().native();
}

bool take_one(std::multiset<std::string>& from, const std::string& fingerprint) {
    const auto found = from.find(fingerprint);
    if (found == from.end()) return false;
    from.erase(found);
    return true;
}

Baseline::Known read_known(json::Fields& file) {
    Baseline::Known out{.since = Since::unchanged, .findings = {}, .gaps = {}};
    for (json::Fields& finding : file.objects("findings")) out.findings.insert(finding_of(finding));
    for (json::Fields& gap : file.objects("gaps")) out.gaps.insert(gap_of(gap));
    auto suppressed = file.maybe_object("suppressed");
    if (!suppressed) return out;
    for (json::Fields& finding : suppressed->objects("findings")) {
        if (finding.string("suppressed_by") != "baseline") continue;
        out.findings.insert(finding_of(finding));
    }
    for (json::Fields& gap : suppressed->objects("gaps")) {
        if (gap.string("suppressed_by") == "baseline") out.gaps.insert(gap_of(gap));
    }
    return out;
}

}  // namespace

bool Baseline::Known::take(const Finding& finding) {
    return since == Since::unchanged && is_about_bytes(finding.rule) &&
           take_one(findings, fingerprint(finding));
}

bool Baseline::Known::take(const Gap& gap) {
    return since == Since::unchanged && api::is_about_bytes(gap.reason) &&
           take_one(gaps, fingerprint(gap));
}

Judged<Baseline> Baseline::read(std::string_view text) {
    const auto value = json::parse(text, 16);
    if (!value) return signing::not_json(Reason::bad_trust, value.error());
    std::string problem;
    Baseline out;
    json::Fields top(*value, "report", problem);
    if (top.count("schema_version") != 1) top.complain("schema_version", "is not 1");
    json::Fields tool = top.object("tool");
    if (tool.string("name") != "pratique") tool.complain("name", "is not pratique");
    out.rules_digest_ = escape(tool.string("rules_digest"));
    if (top.find("files") == nullptr) top.complain("files", "is missing");
    for (json::Fields& file : top.objects("files")) {
        const std::string path = plain(file.string("path"));
        const std::string sha256 = file.maybe_string("sha256").value_or("");
        out.files_[path].push_back({sha256, read_known(file)});
    }
    if (!problem.empty()) return Refusal{Reason::bad_trust, "", problem};
    out.digest_ = sha256_hex(as_bytes(text));
    return out;
}

Judged<Baseline> Baseline::read_file(const std::string& path) {
    auto baseline = read(TRY(read_small_file(path, kMostText)));
    if (!baseline) return Refusal{baseline.error().reason, path, baseline.error().detail};
    return baseline;
}

Baseline::Known Baseline::known(const ScannedFile& file) const {
    const auto entries = files_.find(plain(file.path));
    if (entries == files_.end()) return {};
    Known out{.since = Since::no_digest, .findings = {}, .gaps = {}};
    for (const Entry& entry : entries->second) {
        if (entry.sha256.empty()) continue;
        if (entry.sha256 == file.sha256) return entry.known;
        out.since = Since::changed;
    }
    return out;
}

}  // namespace pratique::api
