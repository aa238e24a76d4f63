#include "rules/table.h"

#include <algorithm>

namespace pratique::rules {
namespace {

const Entry* find_exact(std::string_view text, std::span<const Entry> entries,
                        std::string_view name) {
    const auto found = std::lower_bound(entries.begin(), entries.end(), name,
                                        [text](const Entry& entry, std::string_view wanted) {
                                            return entry.name.in(text) < wanted;
                                        });
    return found != entries.end() && found->name.in(text) == name ? &*found : nullptr;
}

// Whether `package` is `name` or lies above it.
bool contains(std::string_view package, std::string_view name) {
    return name.starts_with(package) &&
           (name.size() == package.size() || name[package.size()] == '.');
}

// The longest leading part of `name`, ending before a dot, that `other` also starts with.
std::string_view common_package(std::string_view name, std::string_view other) {
    const auto [end, unused] = std::mismatch(name.begin(), name.end(), other.begin(), other.end());
    const auto length = static_cast<std::size_t>(end - name.begin());
    const std::size_t dot = name.substr(0, length + 1).rfind('.');
    return dot == std::string_view::npos ? std::string_view{} : name.substr(0, dot);
}

// Every package above `name` is a beginning of it, so in sorted order the longest one is a
// beginning of the last entry that is not behind `name`: either it is that entry, or it lies
// above what the two have in common, and the search goes on with that.
const Entry* find_package(std::string_view text, std::span<const Entry> entries,
                          std::string_view name) {
    while (!name.empty()) {
        const auto behind = std::upper_bound(entries.begin(), entries.end(), name,
                                             [text](std::string_view wanted, const Entry& entry) {
                                                 return wanted < entry.name.in(text);
                                             });
        if (behind == entries.begin()) {
            return nullptr;
        }
        entries = entries.first(static_cast<std::size_t>(behind - entries.begin()));
        const std::string_view last = entries.back().name.in(text);
        if (contains(last, name)) {
            return &entries.back();
        }
        name = common_package(name, last);
    }
    return nullptr;
}

const Entry* find_component(const NameTable& table, std::string_view name) {
    const Entry* found = nullptr;
    // Every such component has two underscores; most names have none.
    if (name.find("__") != std::string_view::npos) {
        any_component(name, [&](std::string_view component) {
            found = find_exact(table.text, table.anywhere, component);
            return found != nullptr;
        });
    }
    return found;
}

}  // namespace

std::uint16_t match(const NameTable& table, std::string_view name) {
    if (const Entry* exact = find_exact(table.text, table.exact, name)) {
        return exact->rule;
    }
    if (const Entry* component = find_component(table, name)) {
        return component->rule;
    }
    const Entry* package = find_package(table.text, table.below, name);
    return package != nullptr ? package->rule : kNoRule;
}

}  // namespace pratique::rules
