#include "api/suppress/ignore.h"

#include <fnmatch.h>

#include <algorithm>

#include "api/acceptable.h"
#include "api/report/reader.h"
#include "api/verify.h"
#include "base/digest.h"
#include "base/json_fields.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/time.h"
#include "signing/envelope/statement.h"

namespace pratique::api {
namespace {

using signing::Judged;
using signing::Reason;
using signing::Refusal;

constexpr std::size_t kMostText = 4 * kMiB;
constexpr std::int64_t kDay = 86'400;

/// A day, to its end in UTC, or a moment.
std::optional<std::int64_t> end_of(const std::string& text) {
    const auto midnight = utc_seconds(text + "T00:00:00Z");
    return midnight ? std::optional(*midnight + kDay) : utc_seconds(text);
}

void read_subject(json::Fields& in, IgnoreRule& out) {
    const auto finding = in.maybe_string("finding");
    const auto gap = in.maybe_string("gap");
    if (finding.has_value() == gap.has_value()) {
        return in.complain("finding", "or gap, one of the two, is needed");
    }
    if (finding) {
        out.finding = rule_named(*finding);
        if (!out.finding) in.complain("finding", "is no rule: " + *finding);
        return;
    }
    out.gap = gap_named(*gap);
    if (!out.gap || !is_about_bytes(*out.gap)) {
        in.complain("gap", "is no gap that can be ignored: " + *gap);
    }
}

IgnoreRule read_rule(json::Fields& in) {
    IgnoreRule out;
    read_subject(in, out);
    out.path = in.string("path");
    if (matches_everything(out.path)) in.complain("path", "is a pattern for everything");
    if (const auto sha256 = in.maybe_string("sha256")) {
        out.sha256 = *sha256;
        if (!signing::is_hex(out.sha256, 32)) in.complain("sha256", "is no SHA-256 in lower case");
    }
    out.reason = in.string("reason");
    if (out.reason.find_first_not_of(" \t\r\n") == std::string::npos) {
        in.complain("reason", "says nothing");
    }
    out.expires = in.string("expires");
    const auto end = end_of(out.expires);
    if (!end) in.complain("expires", "is no date, as 2027-01-31 or 2027-01-31T12:00:00Z");
    out.ends_at = end.value_or(0);
    in.finish();
    return out;
}

}  // namespace

bool IgnoreRule::covers(const ScannedFile& file) const {
    if (!sha256.empty() && sha256 != file.sha256) return false;
    // A path is shown escaped: its backslashes stand for themselves.
    return ::fnmatch(path.c_str(), file.path.c_str(), FNM_NOESCAPE) == 0;
}

bool IgnoreRules::needs_digests() const {
    return std::ranges::any_of(rules, [](const IgnoreRule& rule) { return !rule.sha256.empty(); });
}

Judged<IgnoreRules> read_ignore_rules(std::string_view text) {
    const auto value = json::parse(text, 16);
    if (!value) return signing::not_json(Reason::bad_trust, value.error());
    std::string problem;
    IgnoreRules out;
    json::Fields top(*value, "ignore rules", problem);
    if (top.count("version") != 1) top.complain("version", "is not 1");
    top.maybe_string("comment");
    if (top.find("ignore") == nullptr) top.complain("ignore", "is missing");
    for (json::Fields& rule : top.objects("ignore")) out.rules.push_back(read_rule(rule));
    top.finish();
    if (!problem.empty()) return Refusal{Reason::bad_trust, "", problem};
    out.digest = sha256_hex(as_bytes(text));
    return out;
}

Judged<IgnoreRules> read_ignore_file(const std::string& path) {
    auto rules = read_ignore_rules(TRY(read_small_file(path, kMostText)));
    if (!rules) return Refusal{rules.error().reason, path, rules.error().detail};
    return rules;
}

ShownRule shown(const IgnoreRule& rule) {
    return {std::string(rule.finding ? rules::info(*rule.finding).id : name(*rule.gap)),
            escape(rule.path), escape(rule.reason), rule.expires};
}

}  // namespace pratique::api
