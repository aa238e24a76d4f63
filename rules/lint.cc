#include "rules/lint.h"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

#include "rules/build.h"

namespace pratique::rules {
namespace {

constexpr std::size_t kShortestReason = 20;

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_dotted_name(std::string_view name) {
    return !any_component(name, [](std::string_view component) {
        return component.empty() ||
               !std::all_of(component.begin(), component.end(), is_name_character);
    });
}

bool is_pattern(std::string_view pattern) {
    if (pattern.ends_with(".*")) {
        pattern.remove_suffix(2);
    }
    return is_dotted_name(pattern);
}

bool is_rule_id(std::string_view id) {
    return !id.empty() && id.front() != '-' && id.back() != '-' &&
           std::all_of(id.begin(), id.end(), [](char c) {
               return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
           });
}

// PRQ-AREA-NNN and a name that starts with the area in lower case.
bool is_finding_id(std::string_view id, std::string_view name) {
    const std::size_t dash = id.rfind('-');
    if (!id.starts_with("PRQ-") || dash < 5 || id.size() - dash != 4 || !is_rule_id(id)) {
        return false;
    }
    std::string area(id.substr(4, dash - 4));
    for (char& c : area) {
        c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    return name.starts_with(area + "_") && std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
           });
}

class Lint {
public:
    explicit Lint(std::span<const SourceFile> files) : sources_(read(files, complaints_)) {}

    std::vector<std::string> run() {
        identities();
        for (const SourceRule& rule : sources_.rules) {
            shape(rule);
        }
        repeated_patterns();
        for (const SourceRule& rule : sources_.rules) {
            exceptions(rule);
        }
        generated();
        try {
            const Built built = build(sources_);
            for (std::size_t i = 0; i < sources_.rules.size(); ++i) {
                examples(built, i);
            }
        } catch (const std::length_error& error) {
            complaints_.emplace_back(error.what());
        }
        return std::move(complaints_);
    }

private:
    template <class Entry>
    void complain(const Entry& entry, std::string_view id, std::string_view what) {
        complaints_.push_back(entry.file + ": " + std::string(id) + ": " + std::string(what));
    }
    void identities();
    void shape(const SourceRule& rule);
    void patterns(const SourceRule& rule, const std::vector<std::string>& list);
    void repeated_patterns();
    void exceptions(const SourceRule& rule);
    void generated();
    void examples(const Built& built, std::size_t index);

    std::vector<std::string> complaints_;
    Sources sources_;
};

void Lint::identities() {
    std::set<std::string, std::less<>> seen;
    std::map<std::string, std::string> last;
    for (const SourceRule& rule : sources_.rules) {
        if (!is_rule_id(rule.id)) {
            complain(rule, rule.id, "an id is made of A-Z, 0-9 and dashes");
        }
        if (!seen.insert(rule.id).second) {
            complain(rule, rule.id, "the id is used twice");
        }
        if (std::string& before = last[rule.file]; rule.id < before) {
            complain(rule, rule.id, "rules are not in the order of their ids");
        } else {
            before = rule.id;
        }
    }
    std::set<std::string, std::less<>> names;
    for (const SourceFinding& finding : sources_.findings) {
        if (!is_finding_id(finding.id, finding.name)) {
            complain(finding, finding.id, "a finding is PRQ-AREA-NNN and named area_…");
        }
        if (!seen.insert(finding.id).second || !names.insert(finding.name).second) {
            complain(finding, finding.id, "the id or the name is used twice");
        }
        if (finding.title.empty() || finding.why.size() < kShortestReason) {
            complain(finding, finding.id, "a title and a reason are missing");
        }
    }
}

void Lint::patterns(const SourceRule& rule, const std::vector<std::string>& list) {
    for (const std::string& pattern : list) {
        if (!is_pattern(pattern)) {
            complain(rule, rule.id, "no pattern: " + pattern);
        }
    }
    if (!std::is_sorted(list.begin(), list.end())) {
        complain(rule, rule.id, "patterns are not in order");
    }
    for (const std::string& one : list) {
        for (const std::string& other : list) {
            if (&one != &other && covers(one, other)) {
                complain(rule, rule.id, std::string(one).append(" already covers ").append(other));
            }
        }
    }
}

void Lint::shape(const SourceRule& rule) {
    if (rule.title.empty() || rule.why.size() < kShortestReason) {
        complain(rule, rule.id, "a title and a reason are missing");
    }
    if (rule.match.empty() && rule.components.empty()) {
        complain(rule, rule.id, "matches nothing");
    }
    if (rule.hits.empty() || rule.misses.empty()) {
        complain(rule, rule.id, "needs an example that it hits and one that it misses");
    }
    patterns(rule, rule.match);
    patterns(rule, rule.except);
    for (const std::string& component : rule.components) {
        if (!component.starts_with("__") || !is_name_character(component.back())) {
            complain(rule, rule.id, "no component with two underscores: " + component);
        }
    }
    const bool makes_only = (rule.effects & 1U << static_cast<unsigned>(Effect::call)) == 0;
    if (rule.package && (rule.standing != Standing::vetted || !makes_only)) {
        complain(rule, rule.id, "a rule for the classes of a package is vetted, and not for calls");
    }
    const bool wide = std::any_of(rule.match.begin(), rule.match.end(),
                                  [](const std::string& one) { return one.ends_with(".*"); });
    if (rule.standing == Standing::vetted && wide && !rule.package) {
        complain(rule, rule.id, "functions are vetted one by one");
    }
}

void Lint::repeated_patterns() {
    std::map<std::string, std::string> owner;
    for (const SourceRule& rule : sources_.rules) {
        std::vector<std::string> all = rule.match;
        all.insert(all.end(), rule.components.begin(), rule.components.end());
        for (const std::string& pattern : all) {
            const auto [known, added] = owner.emplace(pattern, rule.id);
            if (!added) {
                complain(rule, rule.id, pattern + " is also matched by " + known->second);
            }
        }
    }
    for (const SourceRule& rule : sources_.rules) {
        for (const std::string& pattern : rule.except) {
            if (const auto known = owner.find(pattern); known != owner.end()) {
                complain(rule, rule.id, pattern + " needs no exception, see " + known->second);
            }
        }
    }
}

void Lint::exceptions(const SourceRule& rule) {
    for (const std::string& pattern : rule.except) {
        const bool inside =
            std::any_of(rule.match.begin(), rule.match.end(),
                        [&](const std::string& outer) { return covers(outer, pattern); });
        if (!inside) {
            complain(rule, rule.id, "excepts what it does not match: " + pattern);
        }
    }
}

void Lint::generated() {
    std::set<std::string, std::less<>> seen;
    for (const SourceClass& found : sources_.classes) {
        if (!is_dotted_name(found.name) || found.evidence.empty()) {
            complain(found, found.name, "a class has a dotted name and evidence");
        }
        if (!seen.insert(found.name).second) {
            complain(found, found.name, "the class is listed twice");
        }
    }
    std::set<std::string, std::less<>> lent;
    for (const auto& row : sources_.reexports) {
        if (!lent.insert(row[0] + "." + row[1]).second) {
            complaints_.push_back(row[0] + "." + row[1] + ": re-exports two modules");
        }
    }
}

void Lint::examples(const Built& built, std::size_t index) {
    const SourceRule& rule = sources_.rules[index];
    for (const std::string& hit : rule.hits) {
        if (match(built.table(), hit) != index) {
            complain(rule, rule.id, "does not hit " + hit);
        }
    }
    for (const std::string& miss : rule.misses) {
        if (match(built.table(), miss) == index) {
            complain(rule, rule.id, "does not miss " + miss);
        }
    }
}

}  // namespace

std::vector<std::string> lint(std::span<const SourceFile> files) { return Lint(files).run(); }

}  // namespace pratique::rules
