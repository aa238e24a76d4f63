#include "rules/build.h"

#include <stdexcept>

namespace pratique::rules {
namespace {

using Names = std::map<std::string, std::uint16_t, std::less<>>;

std::vector<Entry> entries(const Names& names, TextBlock& texts) {
    std::vector<Entry> out;
    for (const auto& [name, rule] : names) {
        out.push_back({texts.add(name), rule});
    }
    return out;
}

struct Maps {
    Names exact;
    Names below;
    Names anywhere;

    void add(std::string_view pattern, std::uint16_t rule) {
        if (pattern.ends_with(".*")) {
            below.emplace(pattern.substr(0, pattern.size() - 2), rule);
        } else {
            exact.emplace(pattern, rule);
        }
    }
    void write(Built& built) const {
        built.exact = entries(exact, built.texts);
        built.below = entries(below, built.texts);
        built.anywhere = entries(anywhere, built.texts);
    }
};

std::uint16_t index(std::size_t count) {
    if (count >= kNoRule) {
        throw std::length_error("more rules than an entry can number");
    }
    return static_cast<std::uint16_t>(count);
}

}  // namespace

Text TextBlock::add(std::string_view text) {
    if (const auto known = known_.find(text); known != known_.end()) {
        return known->second;
    }
    if (text.size() > kMaxTextLength || block_.size() + text.size() > kMaxTextBlock) {
        throw std::length_error("a name is too long: " + std::string(text));
    }
    const Text added{static_cast<std::uint32_t>(block_.size() << 8 | text.size())};
    block_ += text;
    known_.emplace(text, added);
    return added;
}

Built build(const Sources& sources) {
    Built built;
    Maps maps;
    for (const SourceRule& rule : sources.rules) {
        const std::uint16_t number = index(built.rules.size());
        built.rules.push_back({&rule, nullptr});
        for (const std::string& pattern : rule.match) {
            maps.add(pattern, number);
        }
        for (const std::string& component : rule.components) {
            maps.anywhere.emplace(component, number);
        }
    }
    for (const SourceRule& rule : sources.rules) {
        for (const std::string& pattern : rule.except) {
            maps.add(pattern, kHole);
        }
    }
    for (const SourceClass& found : sources.classes) {
        if (found.capabilities == 0) {
            maps.exact.emplace(found.name, kHole);
        } else if (maps.exact.emplace(found.name, index(built.rules.size())).second) {
            built.rules.push_back({nullptr, &found});
        }
    }
    maps.write(built);
    // An alias means what its target means; what no rule knows needs no entry.
    for (const auto& alias : sources.aliases) {
        const std::uint16_t rule = match(built.table(), alias[1]);
        if (rule != kNoRule) {
            maps.exact.emplace(alias[0], rule);
        }
    }
    maps.write(built);
    return built;
}

}  // namespace pratique::rules
