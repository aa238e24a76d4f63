#include "api/report_reader.h"

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

scanner::Finding read_finding(json::Fields& in) {
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
    in.finish();
    return out;
}

scanner::Gap read_gap(json::Fields& in) {
    scanner::Gap out;
    out.reason = known(in, "reason", gap_named(in.string("reason")));
    out.artifact = shown(in, "artifact");
    out.offset = in.count("offset");
    out.message = shown(in, "message");
    in.finish();
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

ScannedFile read_scanned_file(json::Fields& in) {
    ScannedFile out;
    out.path = in.string("path");
    out.size = in.count("size");
    out.sha256 = in.maybe_string("sha256").value_or("");
    out.report.identities = in.strings("identities");
    for (const std::string& identity : out.report.identities) {
        if (!is_printable(identity)) in.complain("identities", "holds what must not be printed");
    }
    for (json::Fields& finding : in.objects("findings")) {
        out.report.findings.push_back(read_finding(finding));
    }
    for (json::Fields& gap : in.objects("gaps")) out.report.gaps.push_back(read_gap(gap));
    // Follows from the rest, which is what counts.
    if (verdict_named(in.string("verdict")) != scanner::verdict(out.report)) {
        in.complain("verdict", "does not follow from the findings");
    }
    out.binding = known(in, "binding", binding_named(in.string("binding")));
    out.group = static_cast<std::uint32_t>(in.count("group"));
    in.maybe_string("verity");
    in.finish();
    return out;
}

}  // namespace pratique::api
