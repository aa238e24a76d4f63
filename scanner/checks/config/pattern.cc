#include "scanner/checks/config/pattern.h"

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "rules/findings.h"

namespace pratique::scanner {
namespace {

/// Goes through a pattern once and keeps, for each open group, what its alternatives are made of.
class Pattern {
public:
    explicit Pattern(std::string_view text) : rest_(text) {}

    bool is_exponential() {
        std::vector<Group> open(1);
        while (!rest_.empty() && !found_) {
            if (take("(")) {
                open.push_back({.safe = rest_.starts_with("?>") || rest_.starts_with("?=") ||
                                        rest_.starts_with("?!") || rest_.starts_with("?<")});
                skip_kind();
            } else if (take(")")) {
                if (open.size() == 1) return false;  // no pattern at all
                Group done = open.back();
                open.pop_back();
                done.end_alternative();
                add(open.back(), done.ambiguous && !done.safe);
            } else if (take("|")) {
                open.back().end_alternative();
            } else if (take("^") || take("$")) {
                continue;
            } else {
                skip_atom();
                add(open.back(), false);
            }
        }
        return found_;
    }

private:
    struct Group {
        bool safe = false;       // atomic, or looks without taking
        int fixed = 0;           // parts of this alternative that match something, with a bound
        int needed = 0;          // those that match something, without a bound
        int unbounded = 0;       // all without a bound
        bool ambiguous = false;  // an alternative is one part without a bound, or can be

        void end_alternative() {
            ambiguous = ambiguous || (unbounded > 0 && fixed == 0 && needed <= 1);
            fixed = needed = unbounded = 0;
        }
    };
    struct Quantifier {
        bool optional = false;
        bool unbounded = false;
        bool possessive = false;
    };

    bool take(std::string_view text) {
        if (!rest_.starts_with(text)) return false;
        rest_.remove_prefix(text.size());
        return true;
    }

    /// `?:`, `?i:`, `?P<name>`, ...
    void skip_kind() {
        if (!rest_.starts_with('?')) return;
        const auto end = rest_.find_first_of(":>=!)");
        if (end == std::string_view::npos) {
            rest_ = {};
        } else {
            rest_.remove_prefix(end + (rest_[end] == ')' ? 0 : 1));
        }
    }

    void skip_atom() {
        const char first = rest_.front();
        rest_.remove_prefix(1);
        if (first == '\\') return skip_escape();
        if (first == '[') skip_class();
    }

    void skip_escape() {
        if (rest_.empty()) return;
        const char kind = rest_.front();
        rest_.remove_prefix(1);
        if ((kind == 'p' || kind == 'P' || kind == 'u' || kind == 'x') && rest_.starts_with('{')) {
            rest_.remove_prefix(std::min(rest_.find('}'), rest_.size() - 1) + 1);
        }
    }

    void skip_class() {
        int depth = 1;
        take("^");
        if (take("]")) {
            // a bracket that stands for itself
        }
        while (!rest_.empty() && depth > 0) {
            if (take("[")) {
                ++depth;
            } else if (take("]")) {
                --depth;
            } else if (take("\\")) {
                skip_escape();
            } else {
                rest_.remove_prefix(1);
            }
        }
    }

    Quantifier quantifier() {
        Quantifier out;
        if (take("*")) {
            out = {.optional = true, .unbounded = true};
        } else if (take("+")) {
            out = {.unbounded = true};
        } else if (take("?")) {
            out = {.optional = true};
        } else if (rest_.starts_with('{')) {
            const auto end = rest_.find('}');
            if (end == std::string_view::npos) return out;
            const std::string_view counts = rest_.substr(1, end - 1);
            if (counts.find_first_not_of("0123456789,") != std::string_view::npos) return out;
            out = {.optional = counts.starts_with("0,") || counts == "0",
                   .unbounded = counts.ends_with(',')};
            rest_.remove_prefix(end + 1);
        } else {
            return out;
        }
        out.possessive = take("+");
        take("?");
        return out;
    }

    /// One more part of a group's alternative, and what repeats it.
    void add(Group& group, bool ambiguous) {
        const Quantifier repeat = quantifier();
        if (ambiguous && repeat.unbounded && !repeat.possessive) found_ = true;
        if ((repeat.unbounded && !repeat.possessive) || ambiguous) {
            ++group.unbounded;
            if (!repeat.optional) ++group.needed;
        } else if (!repeat.optional) {
            ++group.fixed;
        }
    }

    std::string_view rest_;
    bool found_ = false;
};

}  // namespace

bool is_exponential(std::string_view pattern) { return Pattern(pattern).is_exponential(); }

void check_pattern(const Met& met) {
    if (met.text() == nullptr || !is_exponential(*met.text())) return;
    met.find(RuleId::config_slow_pattern, escape(*met.text(), 200));
}

}  // namespace pratique::scanner
