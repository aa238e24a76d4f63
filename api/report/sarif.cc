// SARIF 2.1.0 (OASIS Standard, errata 01), as code-scanning pages take it:
//
//      run ─┬─ tool.driver.rules[]   the findings that occur, and gaps: GAP-<reason>
//           ├─ artifacts[]           every file that was scanned, clean ones too
//           ├─ invocations[]         whether the program itself could work
//           └─ results[]             findings, then gaps, of each file
//
// A page that shows results shows nothing else, so a gap is a result: whoever looks there must see
// that something was not looked at. It is a warning, and its message begins with "Not inspected".
// Gaps that come of this program and not of the file are notifications as well.
#include <algorithm>
#include <map>
#include <optional>
#include <span>

#include "api/report/report.h"
#include "api/report/sarif_words.h"
#include "api/report/uri.h"
#include "api/report/words.h"
#include "base/digest.h"

namespace pratique::api {
namespace {

using rules::Severity;
using scanner::Finding;
using scanner::Gap;
using scanner::GapReason;

/// GitHub refuses a run with more.
constexpr std::size_t kMostResults = 25'000;
constexpr std::string_view kSchema =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
constexpr std::string_view kRoot = "%SRCROOT%";

std::string gap_id(GapReason reason) { return "GAP-" + std::string(name(reason)); }

struct Rule {
    std::string id;
    std::string_view title;
    std::string why;
    std::string advice;
    Severity severity{};
    rules::Capabilities capabilities = 0;
};

/// A finding or a gap of a file; the views are the report's.
struct Result {
    std::size_t file;
    std::size_t rule;
    Severity severity;
    std::string_view artifact;
    std::uint64_t offset;
    std::string_view message;
    std::string_view evidence;  // of a finding
    rules::Capabilities capabilities;
    std::optional<GapReason> gap;
    const Suppression* why = nullptr;  // it does not count, or null
};

class Sarif {
public:
    Sarif(const ScanReport& report, const DrawOptions& options)
        : report_(report), options_(options) {
        for (const ScannedFile& file : report.files) {
            uris_.push_back(uri_of(file.path, options.root));
        }
        collect();
    }

    std::string draw() {
        out_.begin_object().key("$schema").string(kSchema).key("version").string("2.1.0");
        out_.key("runs").begin_array().begin_object();
        tool();
        out_.key("columnKind").string("unicodeCodePoints");
        out_.key("originalUriBaseIds").begin_object().key(kRoot).begin_object();
        text("description", "The folder in which the program ran.");
        out_.end_object().end_object();
        invocation();
        artifacts();
        out_.key("results").begin_array();
        for (const Result& result : results_) put(result);
        out_.end_array();
        properties();
        out_.end_object().end_array().end_object();
        return out_.take();
    }

private:
    void collect() {
        for (std::size_t i = 0; i < report_.files.size(); ++i) {
            const ScannedFile& file = report_.files[i];
            for (const Finding& finding : file.report.findings) add(i, finding, nullptr);
            for (const Gap& gap : file.report.gaps) add(i, gap, nullptr);
            for (const auto& [finding, why] : file.suppressed.findings) add(i, finding, &why);
            for (const auto& [gap, why] : file.suppressed.gaps) add(i, gap, &why);
        }
        if (results_.size() <= kMostResults) return;
        std::stable_sort(results_.begin(), results_.end(),
                         [](const Result& a, const Result& b) { return a.severity > b.severity; });
        left_out_ = results_.size() - kMostResults;
        results_.resize(kMostResults);
    }

    void add(std::size_t file, const Finding& finding, const Suppression* why) {
        results_.push_back({file, rule_of(finding.rule), finding.severity, finding.artifact,
                            finding.offset, finding.message, finding.evidence, finding.capabilities,
                            std::nullopt, why});
    }

    void add(std::size_t file, const Gap& gap, const Suppression* why) {
        results_.push_back({file, rule_of(gap.reason), Severity::medium, gap.artifact, gap.offset,
                            gap.message, std::string_view(), 0, gap.reason, why});
    }

    std::size_t rule_of(rules::RuleId id) {
        const auto [at, is_new] = findings_.try_emplace(id, rules_.size());
        if (!is_new) return at->second;
        const rules::FindingInfo& info = rules::info(id);
        rules_.push_back({std::string(info.id), info.title, std::string(info.why),
                          std::string(info.advice), info.severity, info.capabilities});
        return at->second;
    }

    std::size_t rule_of(GapReason reason) {
        const auto [at, is_new] = gaps_.try_emplace(reason, rules_.size());
        if (!is_new) return at->second;
        rules_.push_back(
            {gap_id(reason), "Not inspected",
             "A part of the file could not be looked at: " + std::string(meaning(reason)) +
                 ". Nothing is known of it, good or bad.",
             std::string(advice(reason)), Severity::medium, 0});
        return at->second;
    }

    void text(std::string_view key, std::string_view text) {
        out_.key(key).begin_object().key("text").string(text).end_object();
    }

    void capabilities(rules::Capabilities set) {
        for (unsigned bit = 0; bit < rules::kCapabilityCount; ++bit) {
            const auto one = static_cast<rules::Capability>(1U << bit);
            if (rules::has(set, one)) out_.string(rules::name(one));
        }
    }

    void tool() {
        out_.key("tool").begin_object().key("driver").begin_object();
        out_.key("name").string("pratique").key("fullName").string("Pratique model scanner");
        out_.key("version").string(report_.version);
        out_.key("semanticVersion").string(report_.version);
        out_.key("rules").begin_array();
        for (const Rule& rule : rules_) put(rule);
        out_.end_array().key("properties").begin_object();
        out_.key("rulesDigest").string("sha256:" + report_.rules_digest);
        out_.end_object().end_object().end_object();
    }

    void put(const Rule& rule) {
        const bool is_gap = rule.id.starts_with("GAP-");
        const std::string short_text =
            std::string(rule.title) + (is_gap ? ": " + rule.id.substr(4) : "");
        out_.begin_object().key("id").string(rule.id);
        text("shortDescription", short_text);
        text("fullDescription", rule.why);
        if (!options_.help_uri.empty()) out_.key("helpUri").string(options_.help_uri);
        out_.key("help").begin_object();
        out_.key("text").string(short_text + "\n\n" + rule.why + "\n\nWhat to do: " + rule.advice);
        out_.key("markdown")
            .string("**" + markdown_text(short_text) + "**\n\n" + markdown_text(rule.why) +
                    "\n\n**What to do:** " + markdown_text(rule.advice));
        out_.end_object();
        out_.key("defaultConfiguration").begin_object();
        out_.key("level").string(level(rule.severity)).end_object();
        out_.key("properties").begin_object();
        out_.key("precision").string(precision(rule.severity));
        out_.key("security-severity").string(security_severity(rule.severity));
        out_.key("capabilities").begin_array();
        capabilities(rule.capabilities);
        out_.end_array().key("tags").begin_array();
        out_.string("security").string("machine-learning");
        if (is_gap) out_.string("not-inspected");
        capabilities(rule.capabilities);
        out_.end_array().end_object().end_object();
    }

    void invocation() {
        const auto failed = [](const Result& r) { return r.gap && is_failure(*r.gap); };
        const bool any = std::any_of(results_.begin(), results_.end(), failed);
        out_.key("invocations").begin_array().begin_object();
        out_.key("executionSuccessful").boolean(!any);
        out_.key("toolExecutionNotifications").begin_array();
        for (const Result& result : results_) {
            if (!failed(result)) continue;
            out_.begin_object().key("level").string("error");
            text("message", message_text("Not inspected: " + std::string(result.message)));
            out_.key("locations").begin_array();
            location(result);
            out_.end_array().key("associatedRule").begin_object();
            out_.key("index").number(result.rule).end_object().end_object();
        }
        if (left_out_ != 0) {
            out_.begin_object().key("level").string("warning");
            text("message", with_commas(left_out_) + " results are left out, the least severe.");
            out_.end_object();
        }
        out_.end_array().end_object().end_array();
    }

    void artifact_location(std::size_t file) {
        const Uri& uri = uris_.at(file);
        out_.begin_object().key("uri").string(uri.text);
        if (uri.relative) out_.key("uriBaseId").string(kRoot);
        out_.key("index").number(file).end_object();
    }

    void artifacts() {
        out_.key("artifacts").begin_array();
        for (std::size_t i = 0; i < report_.files.size(); ++i) {
            const ScannedFile& file = report_.files[i];
            out_.begin_object().key("location");
            artifact_location(i);
            if (file.binding) out_.key("length").number(file.size);
            out_.key("roles").begin_array().string("analysisTarget").end_array();
            if (!file.sha256.empty()) {
                out_.key("hashes").begin_object().key("sha-256").string(file.sha256).end_object();
            }
            out_.key("properties").begin_object();
            out_.key("verdict").string(name(scanner::verdict(file.report)));
            out_.key("identities").begin_array();
            for (const std::string& identity : file.report.identities) out_.string(identity);
            out_.end_array().end_object().end_object();
        }
        out_.end_array();
    }

    /// The file; the region is of the file's own bytes only, as those of a member have no offset in
    /// it. Pages ask for a line, which a binary file has not: they get the first.
    void location(const Result& result) {
        out_.begin_object().key("physicalLocation").begin_object().key("artifactLocation");
        artifact_location(result.file);
        out_.key("region").begin_object().key("startLine").number(1);
        if (result.artifact.empty()) out_.key("byteOffset").number(result.offset);
        out_.end_object().end_object();
        if (const std::string_view chain = result.artifact; !chain.empty()) {
            out_.key("logicalLocations").begin_array().begin_object();
            out_.key("name").string(chain.substr(chain.rfind('!') + 1));
            out_.key("fullyQualifiedName")
                .string(report_.files[result.file].path + "!" + std::string(chain));
            out_.key("kind").string("member").end_object().end_array();
        }
        out_.end_object();
    }

    /// The same for the same thing in the same file, wherever in the file it stands and in whatever
    /// order things are found. Of several that are alike, each has a number.
    void fingerprints(const Result& result) {
        std::string key;
        for (const std::string_view part :
             {std::string_view(uris_.at(result.file).text),
              std::string_view(rules_.at(result.rule).id), std::string_view(result.artifact),
              result.evidence, result.message}) {
            key += std::to_string(part.size()) + ":";
            key += part;
        }
        const std::string digest = sha256_hex(std::as_bytes(std::span(key)));
        const std::size_t number = ++seen_[digest];
        out_.key("partialFingerprints").begin_object();
        // The one that GitHub looks at, in its form.
        out_.key("primaryLocationLineHash")
            .string(digest.substr(0, 16) + ":" + std::to_string(number));
        out_.key("pratique/v1").string(digest + ":" + std::to_string(number)).end_object();
    }

    void put(const Result& result) {
        std::string words = (result.gap ? "Not inspected: " : "") + std::string(result.message);
        if (!result.evidence.empty()) words += ": " + std::string(result.evidence);
        words += " (" + place(result.artifact, result.offset) + ")";
        out_.begin_object().key("ruleId").string(rules_.at(result.rule).id);
        out_.key("ruleIndex").number(result.rule);
        out_.key("kind").string("fail").key("level").string(level(result.severity));
        text("message", message_text(words));
        out_.key("locations").begin_array();
        location(result);
        out_.end_array();
        fingerprints(result);
        suppression(result);
        out_.key("properties").begin_object();
        if (!result.gap) {
            out_.key("severity").string(rules::name(result.severity));
            out_.key("capabilities").begin_array();
            capabilities(result.capabilities);
            out_.end_array().key("evidence").string(result.evidence);
        } else {
            out_.key("reason").string(name(*result.gap));
        }
        out_.key("artifact").string(result.artifact);
        out_.key("offset").number(result.offset).end_object().end_object();
    }

    /// Pages close what is suppressed, and say why.
    void suppression(const Result& result) {
        const bool known = result.why != nullptr && !result.why->by_rule;
        if (report_.suppressed_by && report_.suppressed_by->baseline) {
            out_.key("baselineState").string(known ? "unchanged" : "new");
        }
        if (result.why == nullptr) return;
        out_.key("suppressions").begin_array().begin_object();
        out_.key("kind").string("external").key("status").string("accepted");
        out_.key("justification").string(words(*result.why)).end_object().end_array();
    }

    void properties() {
        out_.key("properties").begin_object();
        out_.key("verdict").string(name(report_.verdict()));
        out_.key("binding").string(name(report_.binding()));
        if (report_.suppressed_by) out_.key("notCounted").string(not_counted(report_));
        put_isolation(out_, report_.isolation);
        out_.end_object();
    }

    const ScanReport& report_;
    const DrawOptions& options_;
    json::Writer out_;
    std::vector<Uri> uris_;
    std::vector<Rule> rules_;
    std::map<rules::RuleId, std::size_t> findings_;
    std::map<GapReason, std::size_t> gaps_;
    std::vector<Result> results_;
    std::map<std::string, std::size_t> seen_;
    std::size_t left_out_ = 0;
};

}  // namespace

std::string sarif_report(const ScanReport& report, const DrawOptions& options) {
    return Sarif(report, options).draw();
}

}  // namespace pratique::api
