#include "rules/source.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>

#include "base/json.h"

namespace pratique::rules {
namespace {

using Keys = std::initializer_list<std::string_view>;

constexpr std::int64_t kLastArgument = 9;

// One file while it is read; every complaint names it and, once known, the entry's id.
class Reading {
public:
    Reading(const std::string& file, Sources& sources, std::vector<std::string>& complaints)
        : file_(file), sources_(sources), complaints_(complaints) {}

    void file(std::string_view text);

private:
    void complain(std::string_view what) {
        complaints_.push_back(file_ + (entry_.empty() ? "" : ": " + entry_) + ": " +
                              std::string(what));
    }
    const json::Object* object(const json::Value& value, Keys required, Keys optional);
    std::string text(const json::Value& entry, std::string_view key);
    std::vector<std::string> texts(const json::Value& entry, std::string_view key);
    template <class Enum>
    Enum word(const json::Value& entry, std::string_view key, unsigned count, Enum fallback);
    Capabilities capabilities(const json::Value& entry);
    std::uint8_t effects(const json::Value& entry);
    void rule(const json::Value& entry);
    void rule_details(const json::Value& entry, SourceRule& rule);
    void follows(const json::Value& entry, SourceRule& rule);
    void finding(const json::Value& entry);
    void class_effect(const json::Value& entry);
    void rows(const json::Value& value, std::size_t width,
              std::vector<std::vector<std::string>>& out);
    void section(std::string_view key, const json::Value& value);

    const std::string& file_;
    Sources& sources_;
    std::vector<std::string>& complaints_;
    std::string entry_;
};

bool contains(Keys keys, std::string_view key) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
}

const json::Object* Reading::object(const json::Value& value, Keys required, Keys optional) {
    const auto* members = value.as<json::Object>();
    if (members == nullptr) {
        complain("an object is expected");
        return nullptr;
    }
    for (const auto& [key, unused] : *members) {
        if (!contains(required, key) && !contains(optional, key)) {
            complain("unknown key " + key);
        }
    }
    for (const std::string_view key : required) {
        if (value.find(key) == nullptr) {
            complain("no " + std::string(key));
        }
    }
    return members;
}

std::string Reading::text(const json::Value& entry, std::string_view key) {
    const json::Value* value = entry.find(key);
    if (value == nullptr) {
        return {};
    }
    const auto* found = value->as<std::string>();
    if (found == nullptr) {
        complain(std::string(key) + " is no text");
        return {};
    }
    return *found;
}

std::vector<std::string> Reading::texts(const json::Value& entry, std::string_view key) {
    std::vector<std::string> out;
    const json::Value* value = entry.find(key);
    if (value == nullptr) {
        return out;
    }
    const auto* items = value->as<json::Array>();
    if (items == nullptr) {
        complain(std::string(key) + " is no list");
        return out;
    }
    for (const json::Value& item : *items) {
        if (const auto* found = item.as<std::string>(); found != nullptr && !found->empty()) {
            out.push_back(*found);
        } else {
            complain(std::string(key) + " holds something other than text");
        }
    }
    return out;
}

template <class Enum>
Enum Reading::word(const json::Value& entry, std::string_view key, unsigned count, Enum fallback) {
    if (entry.find(key) == nullptr) {
        return fallback;
    }
    const std::string found = text(entry, key);
    for (unsigned i = 0; i < count; ++i) {
        if (name(static_cast<Enum>(i)) == found) {
            return static_cast<Enum>(i);
        }
    }
    complain("unknown " + std::string(key) + " " + found);
    return fallback;
}

Capabilities Reading::capabilities(const json::Value& entry) {
    unsigned set = 0;
    for (const std::string& word : texts(entry, "capabilities")) {
        const unsigned before = set;
        for (unsigned bit = 0; bit < kCapabilityCount; ++bit) {
            if (name(static_cast<Capability>(1U << bit)) == word) {
                set |= 1U << bit;
            }
        }
        if (set == before) {
            complain("unknown or repeated capability " + word);
        }
    }
    return static_cast<Capabilities>(set);
}

std::uint8_t Reading::effects(const json::Value& entry) {
    static constexpr std::array<std::string_view, 4> kNames = {"import", "construct", "call",
                                                               "set_state"};
    unsigned set = 0;
    for (const std::string& word : texts(entry, "effects")) {
        const auto found = std::find(kNames.begin(), kNames.end(), word);
        const unsigned bit =
            found == kNames.end() ? 0 : 1U << static_cast<unsigned>(found - kNames.begin());
        if (bit == 0 || (set & bit) != 0) {
            complain("unknown or repeated effect " + word);
        }
        set |= bit;
    }
    return static_cast<std::uint8_t>(set);
}

void Reading::rule(const json::Value& entry) {
    entry_.clear();
    if (object(entry, {"id", "verdict", "title", "why", "examples"},
               {"severity", "import_severity", "capabilities", "effects", "kind", "follows",
                "match", "match_component", "except", "references"}) == nullptr) {
        return;
    }
    SourceRule rule;
    rule.file = file_;
    rule.id = entry_ = text(entry, "id");
    rule.title = text(entry, "title");
    rule.why = text(entry, "why");
    rule.match = texts(entry, "match");
    rule.components = texts(entry, "match_component");
    rule.except = texts(entry, "except");
    texts(entry, "references");
    rule_details(entry, rule);
    follows(entry, rule);
    if (const json::Value* examples = entry.find("examples")) {
        if (object(*examples, {"hit", "miss"}, {}) != nullptr) {
            rule.hits = texts(*examples, "hit");
            rule.misses = texts(*examples, "miss");
        }
    }
    sources_.rules.push_back(std::move(rule));
}

void Reading::rule_details(const json::Value& entry, SourceRule& rule) {
    rule.standing = word(entry, "verdict", 4, Standing::unknown);
    rule.capabilities = capabilities(entry);
    rule.effects = effects(entry);
    if (const std::string kind = text(entry, "kind"); !kind.empty()) {
        rule.package = kind == "class";
        if (!rule.package) {
            complain("unknown kind " + kind);
        }
    }
    const bool graded = rule.standing == Standing::dangerous || rule.standing == Standing::carried;
    if (rule.standing == Standing::unknown) {
        complain("a verdict is vetted, carried or dangerous");
    } else if (graded != (entry.find("severity") != nullptr) ||
               graded != (rule.capabilities != 0)) {
        complain("severity and capabilities belong to dangerous and carried rules, and to each");
    } else if (graded == (rule.effects != 0)) {
        complain("effects belong to vetted rules, and to each");
    }
    if (!graded && entry.find("import_severity") != nullptr) {
        complain("import_severity belongs to dangerous and carried rules");
    }
    rule.severity = word(entry, "severity", 5, Severity::info);
    const Severity by_default = rule.severity == Severity::critical ? Severity::high
                                : graded                            ? Severity::medium
                                                                    : Severity::info;
    rule.import_severity = word(entry, "import_severity", 5, by_default);
}

void Reading::follows(const json::Value& entry, SourceRule& rule) {
    const json::Value* value = entry.find("follows");
    if (value == nullptr || object(*value, {"argument", "effect"}, {}) == nullptr) {
        return;
    }
    const json::Value* number = value->find("argument");
    const auto* argument = number == nullptr ? nullptr : number->as<std::int64_t>();
    if (argument == nullptr || *argument < 0 || *argument > kLastArgument) {
        return complain("the followed argument is a small number");
    }
    rule.followed_argument = static_cast<std::int8_t>(*argument);
    const std::string effect = text(*value, "effect");
    rule.followed_effect = effect == "construct" ? Effect::construct : Effect::call;
    if (effect != "construct" && effect != "call") {
        complain("an argument is followed by call or construct");
    }
}

void Reading::finding(const json::Value& entry) {
    entry_.clear();
    if (object(entry, {"id", "name", "title", "severity", "capabilities", "why", "advice"}, {}) ==
        nullptr) {
        return;
    }
    SourceFinding finding;
    finding.file = file_;
    finding.id = entry_ = text(entry, "id");
    finding.name = text(entry, "name");
    finding.title = text(entry, "title");
    finding.why = text(entry, "why");
    finding.advice = text(entry, "advice");
    finding.severity = word(entry, "severity", 5, Severity::info);
    finding.capabilities = capabilities(entry);
    sources_.findings.push_back(std::move(finding));
}

void Reading::class_effect(const json::Value& entry) {
    entry_.clear();
    if (object(entry, {"name", "evidence"}, {"capabilities", "severity"}) == nullptr) {
        return;
    }
    SourceClass found;
    found.file = file_;
    found.name = entry_ = text(entry, "name");
    found.evidence = text(entry, "evidence");
    found.capabilities = capabilities(entry);
    found.severity = word(entry, "severity", 5, Severity::info);
    if ((found.capabilities != 0) != (found.severity != Severity::info)) {
        complain("capabilities and severity go together");
    }
    sources_.classes.push_back(std::move(found));
}

void Reading::rows(const json::Value& value, std::size_t width,
                   std::vector<std::vector<std::string>>& out) {
    const auto* items = value.as<json::Array>();
    if (items == nullptr) {
        complain("a list of rows is expected");
        return;
    }
    for (const json::Value& item : *items) {
        json::Object wrapped;
        wrapped.emplace_back("row", item);
        std::vector<std::string> row = texts(json::Value(std::move(wrapped)), "row");
        if (row.size() != width) {
            complain("a row has the wrong number of fields");
            continue;
        }
        out.push_back(std::move(row));
    }
}

void Reading::section(std::string_view key, const json::Value& value) {
    entry_.clear();
    const auto each = [&](void (Reading::*read_one)(const json::Value&)) {
        const auto* items = value.as<json::Array>();
        if (items == nullptr) {
            return complain(std::string(key) + " is no list");
        }
        for (const json::Value& item : *items) {
            (this->*read_one)(item);
        }
    };
    const auto list = [&](std::vector<std::string>& out) {
        json::Object wrapped;
        wrapped.emplace_back(std::string(key), value);
        for (std::string& item : texts(json::Value(std::move(wrapped)), key)) {
            out.push_back(std::move(item));
        }
    };
    // clang-format off
    if (key == "rules") each(&Reading::rule);
    else if (key == "findings") each(&Reading::finding);
    else if (key == "classes") each(&Reading::class_effect);
    else if (key == "reexports") rows(value, 3, sources_.reexports);
    else if (key == "aliases") rows(value, 2, sources_.aliases);
    else if (key == "python2_names") rows(value, 4, sources_.moved_names);
    else if (key == "python2_modules") rows(value, 2, sources_.moved_modules);
    else if (key == "hooks") list(sources_.hooks);
    else if (key == "unvouched_components") list(sources_.unvouched_components);
    else if (key != "about") complain("unknown key " + std::string(key));
    // clang-format on
}

void Reading::file(std::string_view text) {
    const auto root = json::parse(text);
    if (!root) {
        return complain("not strict JSON: " + std::string(name(root.error().code)) + " at byte " +
                        std::to_string(root.error().offset));
    }
    const auto* members = root->as<json::Object>();
    if (members == nullptr) {
        return complain("an object is expected");
    }
    for (const auto& [key, value] : *members) {
        section(key, value);
    }
}

}  // namespace

Sources read(std::span<const SourceFile> files, std::vector<std::string>& complaints) {
    Sources sources;
    for (const SourceFile& file : files) {
        Reading(file.name, sources, complaints).file(file.text);
    }
    return sources;
}

bool covers(std::string_view pattern, std::string_view other) {
    if (!pattern.ends_with(".*")) {
        return pattern == other;
    }
    pattern.remove_suffix(2);
    if (other.ends_with(".*")) {
        other.remove_suffix(2);
    }
    return other.starts_with(pattern) &&
           (other.size() == pattern.size() || other[pattern.size()] == '.');
}

}  // namespace pratique::rules
