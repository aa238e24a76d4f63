#include "api/suppress/suppress.h"

#include <optional>
#include <utility>

namespace pratique::api {
namespace {

using scanner::Finding;
using scanner::Gap;

bool is_about(const IgnoreRule& rule, const Finding& finding) {
    return rule.finding == finding.rule;
}
bool is_about(const IgnoreRule& rule, const Gap& gap) { return rule.gap == gap.reason; }

class Suppressing {
public:
    Suppressing(const IgnoreRules* ignore, const Baseline* baseline, std::int64_t now)
        : ignore_(ignore), baseline_(baseline), now_(now) {
        if (ignore_ != nullptr) used_.resize(ignore_->rules.size());
    }

    void look_at(ScannedFile& file) {
        Baseline::Known known;
        if (baseline_ != nullptr) {
            known = baseline_->known(file);
            file.since = known.since;
        }
        sort_out(file, file.report.findings, file.suppressed.findings, known);
        sort_out(file, file.report.gaps, file.suppressed.gaps, known);
    }

    SuppressedBy by() const {
        SuppressedBy out;
        if (baseline_ != nullptr) {
            out.baseline.emplace();
            out.baseline->sha256 = baseline_->digest();
            out.baseline->rules_digest = baseline_->rules_digest();
        }
        if (ignore_ == nullptr) return out;
        out.ignore.emplace();
        out.ignore->sha256 = ignore_->digest;
        for (std::size_t i = 0; i < used_.size(); ++i) {
            const IgnoreRule& rule = ignore_->rules[i];
            if (has_ended(rule)) {
                out.ignore->expired.push_back(shown(rule));
            } else if (!used_[i]) {
                out.ignore->unused.push_back(shown(rule));
            }
        }
        return out;
    }

private:
    template <class T>
    void sort_out(const ScannedFile& file, std::vector<T>& from,
                  std::vector<SuppressedOne<T>>& into, Baseline::Known& known) {
        std::vector<T> rest;
        for (T& one : from) {
            if (auto why = reason(file, one, known)) {
                into.push_back({std::move(one), *std::move(why)});
            } else {
                rest.push_back(std::move(one));
            }
        }
        from = std::move(rest);
    }

    template <class T>
    std::optional<Suppression> reason(const ScannedFile& file, const T& one,
                                      Baseline::Known& known) {
        // Asked whatever the rules say, so that a finding under a rule does not leave its place in
        // the baseline to another.
        const bool is_known = known.take(one);
        for (std::size_t i = 0; i < used_.size(); ++i) {
            const IgnoreRule& rule = ignore_->rules[i];
            if (has_ended(rule) || !is_about(rule, one) || !rule.covers(file)) continue;
            used_[i] = true;
            const ShownRule words = shown(rule);
            return Suppression{true, words.reason, words.expires};
        }
        if (is_known) return Suppression{};
        return std::nullopt;
    }

    bool has_ended(const IgnoreRule& rule) const { return now_ >= rule.ends_at; }

    const IgnoreRules* ignore_;
    const Baseline* baseline_;
    std::int64_t now_;
    std::vector<bool> used_;  // by rule
};

}  // namespace

std::string_view name(Since since) {
    switch (since) {
        case Since::unchanged: return "unchanged";
        case Since::changed: return "changed";
        case Since::no_digest: return "no-digest";
        case Since::absent: break;
    }
    return "new";
}

void suppress(ScanReport& report, const IgnoreRules* ignore, const Baseline* baseline,
              std::int64_t now) {
    Suppressing work(ignore, baseline, now);
    for (ScannedFile& file : report.files) work.look_at(file);
    report.suppressed_by = work.by();
}

}  // namespace pratique::api
