#include "rules/rules.h"

#include <algorithm>
#include <tuple>

#include "rules/tables.h"

namespace pratique::rules {
namespace {

bool contains(std::span<const Text> sorted, std::string_view wanted) {
    const auto found = std::lower_bound(
        sorted.begin(), sorted.end(), wanted,
        [](Text text, std::string_view name) { return text.in(kTables.names.text) < name; });
    return found != sorted.end() && found->in(kTables.names.text) == wanted;
}

// A package rule speaks for the package's own classes: not for its test and command modules, and
// not for what it merely imports from elsewhere.
bool belongs_to_package(std::string_view name) {
    if (any_component(name, [](std::string_view component) {
            return contains(kTables.unvouched, component);
        })) {
        return false;
    }
    for (std::size_t dot = name.find('.'); dot != std::string_view::npos;) {
        const std::size_t next = name.find('.', dot + 1);
        const std::string_view attribute = name.substr(dot + 1, next - dot - 1);
        if (reexport(name.substr(0, dot), attribute)) {
            return false;
        }
        dot = next;
    }
    return true;
}

}  // namespace

const Rule* find(std::string_view dotted_name) {
    const std::uint16_t index = match(kTables.names, dotted_name);
    return index < kTables.rules.size() ? &kTables.rules[index] : nullptr;
}

bool vouches(std::string_view dotted_name, Effect effect) {
    const Rule* rule = find(dotted_name);
    return rule != nullptr && vouches(*rule, dotted_name, effect);
}

bool vouches(const Rule& rule, std::string_view dotted_name, Effect effect) {
    return rule.vouches(effect) && (!rule.package || belongs_to_package(dotted_name));
}

std::optional<std::string_view> reexport(std::string_view module, std::string_view attribute) {
    const std::string_view text = kTables.names.text;
    const auto wanted = std::pair(module, attribute);
    const auto found =
        std::lower_bound(kTables.reexports.begin(), kTables.reexports.end(), wanted,
                         [text](const ModuleAlias& row, const auto& key) {
                             return std::pair(row.module.in(text), row.attribute.in(text)) < key;
                         });
    if (found == kTables.reexports.end() || found->module.in(text) != module ||
        found->attribute.in(text) != attribute) {
        return std::nullopt;
    }
    return found->target.in(text);
}

std::pair<std::string_view, std::string_view> python3_name(std::string_view module,
                                                           std::string_view name) {
    const std::string_view text = kTables.names.text;
    const auto key = std::pair(module, name);
    const auto moved =
        std::lower_bound(kTables.moved_names.begin(), kTables.moved_names.end(), key,
                         [text](const MovedName& row, const auto& wanted) {
                             return std::pair(row.module.in(text), row.name.in(text)) < wanted;
                         });
    if (moved != kTables.moved_names.end() && moved->module.in(text) == module &&
        moved->name.in(text) == name) {
        return {moved->new_module.in(text), moved->new_name.in(text)};
    }
    const auto renamed =
        std::lower_bound(kTables.moved_modules.begin(), kTables.moved_modules.end(), module,
                         [text](const MovedModule& row, std::string_view wanted) {
                             return row.module.in(text) < wanted;
                         });
    if (renamed != kTables.moved_modules.end() && renamed->module.in(text) == module) {
        return {renamed->new_module.in(text), name};
    }
    return {module, name};
}

bool is_dunder_hook(std::string_view attribute) { return contains(kTables.hooks, attribute); }

std::span<const Rule> all() { return kTables.rules; }

std::string_view digest() { return kTables.digest; }

const FindingInfo& info(RuleId id) { return kTables.findings[static_cast<std::size_t>(id)]; }

std::span<const FindingInfo> findings() { return kTables.findings; }

}  // namespace pratique::rules
