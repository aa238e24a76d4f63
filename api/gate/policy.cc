#include "api/gate/policy.h"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "api/acceptable.h"
#include "api/report/reader.h"
#include "api/verify.h"
#include "base/digest.h"
#include "base/json_fields.h"
#include "base/limits.h"

namespace pratique::api {
namespace {

using scanner::Verdict;
using signing::Judged;
using signing::Reason;
using signing::Refusal;

constexpr std::size_t kMostPolicy = 4 * kMiB;
constexpr std::int64_t kDay = 86'400;

std::optional<std::vector<std::uint64_t>> version_numbers(std::string_view text) {
    std::vector<std::uint64_t> out;
    while (true) {
        std::uint64_t number = 0;
        const auto [end, error] = std::from_chars(text.begin(), text.end(), number);
        if (error != std::errc{}) return std::nullopt;
        out.push_back(number);
        if (end == text.end()) return out;
        if (*end != '.') return std::nullopt;
        text.remove_prefix(static_cast<std::size_t>(end - text.begin()) + 1);
    }
}

class Reading {
public:
    explicit Reading(const signing::ReadFile& read_file) : read_file_(read_file) {}

    Judged<Policy> run(const json::Value& value) {
        json::Fields top(value, "policy", problem_);
        if (top.count("version") != 1) top.complain("version", "is not 1");
        out_.name = top.maybe_string("name").value_or("");
        const std::string mode = top.maybe_string("mode").value_or("enforce");
        if (mode != "enforce" && mode != "warn") top.complain("mode", "is not enforce or warn");
        out_.warn = mode == "warn";
        top.maybe_string("comment");
        read_trust(top);
        if (auto signature = top.maybe_object("signature")) read_signature(*signature);
        if (auto scan = top.maybe_object("scan")) read_scan(*scan);
        if (auto attestation = top.maybe_object("attestation")) read_attestation(*attestation);
        top.finish();
        if (!problem_.empty()) return Refusal{Reason::bad_trust, "", problem_};
        return std::move(out_);
    }

private:
    void read_trust(json::Fields& top) {
        const json::Value* value = top.find("trust");
        if (value == nullptr) return;
        const auto* path = value->as<std::string>();
        auto store =
            path == nullptr ? signing::make_trust_store(*value, read_file_) : from_file(*path);
        if (!store) return top.complain("trust", describe(store.error()));
        out_.trust = *std::move(store);
    }

    Judged<signing::TrustStore> from_file(const std::string& path) {
        const std::string text = TRY(read_file_(path));
        // What the store names lies beside the store.
        const auto folder = std::filesystem::path(path).parent_path();
        return signing::read_trust_store(
            text, [&](const std::string& named) { return read_file_((folder / named).native()); });
    }

    void read_signature(json::Fields& in) {
        out_.signature_required = in.flag("required", true);
        if (out_.signature_required && !out_.trust) in.complain("required", "needs trust");
        in.finish();
    }

    void read_scan(json::Fields& in) {
        ScanPolicy& to = out_.scan;
        to.fail_on = verdict(in);
        to.formats = some(in, "formats");
        to.refused_capabilities = capabilities(in);
        to.allowed_imports = in.strings("allow_imports");
        for (const std::string& pattern : to.allowed_imports) {
            if (matches_everything(pattern)) {
                in.complain("allow_imports", "holds a pattern that allows everything");
            }
        }
        for (const std::string& id : in.strings("accept_findings")) accept_finding(in, id);
        for (const std::string& reason : in.strings("accept_gaps")) accept_gap(in, reason);
        to.max_file_bytes = in.maybe_count("max_file_bytes");
        to.max_files = in.maybe_count("max_files");
        to.max_total_bytes = in.maybe_count("max_total_bytes");
        to.min_tier = tier(in);
        in.finish();
    }

    /// Without the member anything goes; with an empty list nothing would, which nobody means.
    static std::vector<std::string> some(json::Fields& in, std::string_view member) {
        auto out = in.strings(member);
        if (out.empty() && in.find(member) != nullptr) in.complain(member, "is empty");
        return out;
    }

    Verdict verdict(json::Fields& in) {
        const auto text = in.maybe_string("fail_on");
        if (!text) return Verdict::suspicious;
        const auto known = verdict_named(*text);
        if (!known || *known == Verdict::clean) {
            in.complain("fail_on", "is not incomplete, suspicious or malicious");
        }
        return known.value_or(Verdict::suspicious);
    }

    scanner::Capabilities capabilities(json::Fields& in) {
        scanner::Capabilities out = 0;
        for (const std::string& text : in.strings("refuse_capabilities")) {
            const auto one = capability_named(text);
            if (!one) in.complain("refuse_capabilities", "holds what is none: " + text);
            if (one) out = static_cast<scanner::Capabilities>(out | static_cast<unsigned>(*one));
        }
        return out;
    }

    void accept_finding(json::Fields& in, const std::string& id) {
        const auto rule = rule_named(id);
        if (!rule) return in.complain("accept_findings", "holds no rule: " + id);
        out_.scan.accepted_findings.insert(*rule);
    }

    void accept_gap(json::Fields& in, const std::string& text) {
        const auto reason = gap_named(text);
        if (!reason || !is_about_bytes(*reason)) {
            return in.complain("accept_gaps", "holds what is no gap that can be accepted: " + text);
        }
        out_.scan.accepted_gaps.insert(*reason);
    }

    sandbox::Tier tier(json::Fields& in) {
        const auto text = in.maybe_string("min_isolation");
        if (!text) return sandbox::Tier::strong;
        const auto known = tier_named(*text);
        if (!known || *known == sandbox::Tier::none) {
            in.complain("min_isolation", "is not basic, strong or full");
        }
        return known.value_or(sandbox::Tier::strong);
    }

    void read_attestation(json::Fields& in) {
        AttestationPolicy& to = out_.attestation;
        to.required = in.flag("required", false);
        to.instead_of_scan = in.flag("instead_of_scan", false) || to.required;
        const auto days = in.maybe_count("max_age_days");
        if (days.value_or(0) == 0 || days.value_or(0) > 36'500) {
            in.complain("max_age_days", "must be a number of days");
        }
        to.max_age = static_cast<std::int64_t>(days.value_or(0)) * kDay;
        to.min_version = in.maybe_string("min_version").value_or("0");
        if (!version_numbers(to.min_version)) in.complain("min_version", "is no version");
        to.rules_digests = some(in, "rules_digests");
        for (const std::string& digest : to.rules_digests) {
            if (!signing::is_hex(digest, 32)) {
                in.complain("rules_digests", "holds no SHA-256 in lower case");
            }
        }
        if (to.instead_of_scan && !out_.trust) in.complain("instead_of_scan", "needs trust");
        in.finish();
    }

    const signing::ReadFile& read_file_;
    Policy out_;
    std::string problem_;
};

}  // namespace

bool is_at_least(std::string_view version, std::string_view least) {
    auto have = version_numbers(version);
    auto want = version_numbers(least);
    if (!have || !want) return false;
    const std::size_t most = std::max(have->size(), want->size());  // "1.2" is "1.2.0"
    have->resize(most);
    want->resize(most);
    return *have >= *want;
}

Judged<Policy> read_policy(std::string_view text, const signing::ReadFile& read_file) {
    const auto value = json::parse(text, 16);
    if (!value) return signing::not_json(Reason::bad_trust, value.error());
    Policy out = TRY(Reading(read_file).run(*value));
    out.digest = sha256_hex(as_bytes(text));
    return out;
}

Judged<Policy> read_policy_file(const std::string& path) {
    const std::string text = TRY(read_small_file(path, kMostPolicy));
    const auto folder = std::filesystem::path(path).parent_path();
    auto policy = read_policy(text, [&](const std::string& named) -> Judged<std::string> {
        return read_small_file((folder / named).native(), kMostPolicy);
    });
    if (!policy) return Refusal{policy.error().reason, path, policy.error().detail};
    return policy;
}

}  // namespace pratique::api
