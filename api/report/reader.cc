#include "api/report/reader.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace pratique::api {
namespace {

/// The value among `all` whose name(…) is `text`.
template <class T, std::size_t N>
std::optional<T> named(std::string_view text, const std::array<T, N>& all) {
    for (const T value : all) {
        if (name(value) == text) return value;
    }
    return std::nullopt;
}

template <class T>
T known(json::Fields& in, std::string_view key, const std::optional<T>& value) {
    if (!value) in.complain(key, "is not known");
    return value.value_or(T{});
}

/// Text that was escaped when it was written, and will be printed as it is.
std::string shown(json::Fields& in, std::string_view key) {
    std::string out = in.string(key);
    if (!is_printable(out)) in.complain(key, "holds what must not be printed");
    return out;
}

/// Of a report, whose later versions may say more (docs/report.md), or of an attestation, which
/// says what it says.
enum class More : std::uint8_t { skipped, refused };

scanner::Finding read_finding(json::Fields& in, More more) {
    scanner::Finding out;
    out.rule = known(in, "rule", rule_named(in.string("rule")));
    out.severity =
        known(in, "severity",
              named(in.string("severity"),
                    std::array{rules::Severity::info, rules::Severity::low, rules::Severity::medium,
                               rules::Severity::high, rules::Severity::critical}));
    for (const std::string& text : in.strings("capabilities")) {
        const auto one = known(in, "capabilities", capability_named(text));
        out.capabilities = static_cast<scanner::Capabilities>(
            out.capabilities | static_cast<scanner::Capabilities>(one));
    }
    out.artifact = shown(in, "artifact");
    out.offset = in.count("offset");
    out.evidence = shown(in, "evidence");
    out.message = shown(in, "message");
    if (more == More::refused) in.finish();
    return out;
}

scanner::Gap read_gap(json::Fields& in, More more) {
    scanner::Gap out;
    out.reason = known(in, "reason", gap_named(in.string("reason")));
    out.artifact = shown(in, "artifact");
    out.offset = in.count("offset");
    out.message = shown(in, "message");
    if (more == More::refused) in.finish();
    return out;
}

}  // namespace

std::optional<sandbox::Tier> tier_named(std::string_view text) {
    return named(text, std::array{sandbox::Tier::none, sandbox::Tier::basic, sandbox::Tier::strong,
                                  sandbox::Tier::full});
}

std::optional<Binding> binding_named(std::string_view text) {
    return named(text, std::array{Binding::weak, Binding::verity, Binding::snapshot});
}

std::optional<scanner::Verdict> verdict_named(std::string_view text) {
    return named(text, std::array{scanner::Verdict::clean, scanner::Verdict::incomplete,
                                  scanner::Verdict::suspicious, scanner::Verdict::malicious});
}

std::optional<scanner::GapReason> gap_named(std::string_view text) {
#define PRATIQUE_REASON(identifier, spelling, meaning) scanner::GapReason::identifier,
    static constexpr std::array kReasons{PRATIQUE_GAPS(PRATIQUE_REASON)};
#undef PRATIQUE_REASON
    return named(text, kReasons);
}

std::optional<scanner::RuleId> rule_named(std::string_view id) {
    const auto all = rules::findings();
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].id == id) return static_cast<scanner::RuleId>(i);
    }
    return std::nullopt;
}

std::optional<rules::Capability> capability_named(std::string_view text) {
    for (unsigned bit = 0; bit < rules::kCapabilityCount; ++bit) {
        const auto one = static_cast<rules::Capability>(1U << bit);
        if (rules::name(one) == text) return one;
    }
    return std::nullopt;
}

namespace {

ScannedFile read_file(json::Fields& in, More more) {
    ScannedFile out;
    out.path = in.string("path");
    out.size = in.count("size");
    out.sha256 = in.maybe_string("sha256").value_or("");
    out.report.identities = in.strings("identities");
    for (const std::string& identity : out.report.identities) {
        if (!is_printable(identity)) in.complain("identities", "holds what must not be printed");
    }
    for (json::Fields& finding : in.objects("findings")) {
        out.report.findings.push_back(read_finding(finding, more));
    }
    for (json::Fields& gap : in.objects("gaps")) out.report.gaps.push_back(read_gap(gap, more));
    // Follows from the rest, which is what counts.
    if (verdict_named(in.string("verdict")) != scanner::verdict(out.report)) {
        in.complain("verdict", "does not follow from the findings");
    }
    if (const auto binding = in.maybe_string("binding")) {
        out.binding = known(in, "binding", binding_named(*binding));
    }
    out.group = static_cast<std::uint32_t>(in.count("group"));
    return out;
}

std::vector<Excerpt> read_excerpts(json::Fields& in) {
    std::vector<Excerpt> out;
    for (json::Fields& excerpt : in.objects("excerpts")) {
        out.push_back({shown(excerpt, "artifact"), excerpt.strings("lines")});
        for (const std::string& line : out.back().lines) {
            if (!is_printable(line)) excerpt.complain("lines", "holds what must not be printed");
        }
    }
    return out;
}

std::optional<Since> since_named(std::string_view text) {
    return named(text,
                 std::array{Since::unchanged, Since::changed, Since::no_digest, Since::absent});
}

/// Asked for first: what is read after it has no other members.
Suppression read_why(json::Fields& in) {
    Suppression out;
    const std::string by = shown(in, "suppressed_by");
    if (by != "ignore" && by != "baseline") in.complain("suppressed_by", "is not known");
    out.by_rule = by == "ignore";
    if (!out.by_rule) return out;
    out.reason = shown(in, "suppressed_because");
    out.expires = shown(in, "suppressed_until");
    return out;
}

Suppressed read_suppressed(json::Fields& in) {
    Suppressed out;
    for (json::Fields& finding : in.objects("findings")) {
        Suppression why = read_why(finding);
        out.findings.push_back({read_finding(finding, More::skipped), std::move(why)});
    }
    for (json::Fields& gap : in.objects("gaps")) {
        Suppression why = read_why(gap);
        out.gaps.push_back({read_gap(gap, More::skipped), std::move(why)});
    }
    return out;
}

std::vector<ShownRule> read_rules(json::Fields& in, std::string_view key) {
    std::vector<ShownRule> out;
    for (json::Fields& rule : in.objects(key)) {
        ShownRule one;
        one.what = shown(rule, "what");
        one.path = shown(rule, "path");
        one.reason = shown(rule, "reason");
        one.expires = shown(rule, "expires");
        out.push_back(std::move(one));
    }
    return out;
}

SuppressedBy read_suppressed_by(json::Fields& in) {
    SuppressedBy out;
    if (auto baseline = in.maybe_object("baseline")) {
        out.baseline.emplace();
        out.baseline->sha256 = shown(*baseline, "sha256");
        out.baseline->rules_digest = shown(*baseline, "rules_digest");
    }
    if (auto ignore = in.maybe_object("ignore")) {
        out.ignore.emplace();
        out.ignore->sha256 = shown(*ignore, "sha256");
        out.ignore->expired = read_rules(*ignore, "expired");
        out.ignore->unused = read_rules(*ignore, "unused");
    }
    return out;
}

/// A file of a report as it was written: it may not have been opened, and may have more to it.
ScannedFile read_any_file(json::Fields& in) {
    ScannedFile out = read_file(in, More::skipped);
    for (const char* text : {"path", "sha256", "verity"}) {
        if (!is_printable(in.maybe_string(text).value_or(""))) {
            in.complain(text, "holds what must not be printed");
        }
    }
    out.verity = in.maybe_string("verity").value_or("");
    out.excerpts = read_excerpts(in);
    if (const auto since = in.maybe_string("baseline")) {
        out.since = known(in, "baseline", since_named(*since));
    }
    if (auto suppressed = in.maybe_object("suppressed")) {
        out.suppressed = read_suppressed(*suppressed);
    }
    return out;  // what else there is came with a later version (docs/report.md)
}

sandbox::Missing read_missing(json::Fields& in) {
    sandbox::Missing out;
    const auto layers = sandbox::internal::kLayerNames;
    const auto* at = std::find(layers.begin(), layers.end(), in.string("layer"));
    if (at == layers.end()) in.complain("layer", "is not known");
    if (at != layers.end()) out.layer = static_cast<sandbox::Layer>(at - layers.begin());
    out.error = static_cast<std::int32_t>(in.count("errno"));
    return out;
}

sandbox::Isolation read_isolation(json::Fields& in) {
    sandbox::Isolation out;
    out.seccomp =
        known(in, "seccomp",
              named(in.string("seccomp"), std::array{sandbox::Seccomp::none, sandbox::Seccomp::trap,
                                                     sandbox::Seccomp::notify}));
    out.no_new_privs = in.flag("no_new_privs", false);
    out.caps_dropped = in.flag("capabilities_dropped", false);
    out.mdwe = in.flag("mdwe", false);
    out.namespaces = in.flag("namespaces", false);
    out.landlock_abi = static_cast<std::uint32_t>(in.count("landlock_abi"));
    for (const std::string& limit : in.strings("cgroup")) {
        out.group.memory |= limit == "memory.max";
        out.group.swap |= limit == "memory.swap.max";
        out.group.processes |= limit == "pids.max";
    }
    for (json::Fields& missing : in.objects("missing")) {
        out.missing.push_back(read_missing(missing));
    }
    // Follows from the rest.
    if (tier_named(in.string("tier")) != out.tier()) in.complain("tier", "does not follow");
    return out;
}

}  // namespace

ScannedFile read_scanned_file(json::Fields& in) {
    ScannedFile out = read_file(in, More::refused);
    if (!out.binding) in.complain("binding", "must be a string");
    in.maybe_string("verity");
    in.finish();
    return out;
}

std::variant<ScanReport, std::string> read_report(std::string_view json) {
    constexpr std::string_view kDigest = "sha256:";
    const auto value = json::parse(json, 16);
    if (!value) {
        return std::string(name(value.error().code)) + " at " +
               std::to_string(value.error().offset);
    }
    ScanReport out;
    std::string problem;
    json::Fields in(*value, "report", problem);
    const std::uint64_t schema = in.count("schema_version");
    if (problem.empty() && schema != 1) {
        return "its schema_version is " + std::to_string(schema) + ", and only 1 is read";
    }
    json::Fields tool = in.object("tool");
    out.version = shown(tool, "version");
    const std::string digest = shown(tool, "rules_digest");
    if (!digest.starts_with(kDigest)) tool.complain("rules_digest", "must start with sha256:");
    out.rules_digest = digest.substr(std::min(kDigest.size(), digest.size()));
    json::Fields isolation = in.object("isolation");
    out.isolation = read_isolation(isolation);
    for (json::Fields& file : in.objects("files")) out.files.push_back(read_any_file(file));
    if (auto by = in.maybe_object("suppressed")) out.suppressed_by = read_suppressed_by(*by);
    if (verdict_named(in.string("verdict")) != out.verdict()) {
        in.complain("verdict", "does not follow from the files");
    }
    if (problem.empty()) return out;
    // A later version knows more rules, reasons and capabilities.
    const bool other = !out.version.empty() && out.version != PRATIQUE_VERSION;
    if (other) problem += "; it was made by version " + out.version;
    return escape(problem);
}

}  // namespace pratique::api
