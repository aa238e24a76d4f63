// The JSON files of this folder as plain structures. Reading is strict: an unknown key, a missing
// one or a value of the wrong type is a complaint, because a rule that is silently half read is
// a hole in the scanner. What could be read is kept beside the complaints.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/vocabulary.h"

namespace pratique::rules {

/// One file, with its name for complaints.
struct SourceFile {
    std::string name;
    std::string text;
};

/// One hand-kept rule.
struct SourceRule {
    std::string file;
    std::string id;
    std::string title;
    std::string why;
    Standing standing = Standing::unknown;
    Severity severity = Severity::info;
    Severity import_severity = Severity::info;
    Capabilities capabilities = 0;
    std::uint8_t effects = 0;
    bool package = false;
    /// The argument that a call of the name calls or constructs in turn, or -1.
    std::int8_t followed_argument = -1;
    Effect followed_effect = Effect::call;
    /// Patterns: a name in full, or `package.*` for a package and all below it.
    std::vector<std::string> match;
    /// Patterns below one in `match` of which nothing is known.
    std::vector<std::string> except;
    /// Components that are matched anywhere in a name.
    std::vector<std::string> components;
    std::vector<std::string> hits;
    std::vector<std::string> misses;
};

/// A class that a package rule must not vouch for; generated, one line of evidence each.
struct SourceClass {
    std::string file;
    std::string name;
    std::string evidence;
    /// None: not known to be harmful, and not known to be inert.
    Capabilities capabilities = 0;
    Severity severity = Severity::info;
};

struct SourceFinding {
    std::string file;
    std::string id;
    std::string name;
    std::string title;
    std::string why;
    std::string advice;
    Severity severity = Severity::info;
    Capabilities capabilities = 0;
};

struct Sources {
    std::vector<SourceRule> rules;
    std::vector<SourceClass> classes;
    std::vector<SourceFinding> findings;
    /// {module, attribute, the module that it is}
    std::vector<std::vector<std::string>> reexports;
    /// {name, the name under which the same object is defined}
    std::vector<std::vector<std::string>> aliases;
    /// {module, name, new module, new name} and {module, new module}
    std::vector<std::vector<std::string>> moved_names;
    std::vector<std::vector<std::string>> moved_modules;
    std::vector<std::string> hooks;
    std::vector<std::string> unvouched_components;
};

/// Reads `files` in their order; `complaints` gets one line for each thing that is wrong.
Sources read(std::span<const SourceFile> files, std::vector<std::string>& complaints);

/// Whether `pattern` (with or without `.*`) covers `other`, a pattern too.
bool covers(std::string_view pattern, std::string_view other);

}  // namespace pratique::rules
