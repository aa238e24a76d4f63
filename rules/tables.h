// The shape of what the rule compiler writes (tables.cc in the build tree): constants only.
#pragma once

#include <span>
#include <string_view>

#include "rules/rules.h"
#include "rules/table.h"

namespace pratique::rules {

struct ModuleAlias {
    Text module;
    Text attribute;
    Text target;
};

struct MovedName {
    Text module;
    Text name;
    Text new_module;
    Text new_name;
};

struct MovedModule {
    Text module;
    Text new_module;
};

struct Tables {
    NameTable names;
    std::span<const Rule> rules;
    std::span<const ModuleAlias> reexports;      // sorted by module, then attribute
    std::span<const MovedName> moved_names;      // sorted by module, then name
    std::span<const MovedModule> moved_modules;  // sorted by module
    std::span<const Text> hooks;                 // sorted
    std::span<const Text> unvouched;             // sorted: components that no package rule covers
    std::span<const FindingInfo> findings;       // by enumerator
    std::string_view digest;
};

extern const Tables kTables;

}  // namespace pratique::rules
