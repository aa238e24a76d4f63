// What is known about Python names, as data: which are vetted (they build plain data, by evidence
// kept with the rule), which are dangerous and what they allow, which merely carry code. The JSON
// files of this folder are the source; a tool turns them into sorted constant tables when the
// project is built, so a lookup allocates nothing and nothing is read or set up at run time.
// Everything here is thread-safe. How rules are written: docs/rules.md.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "rules/vocabulary.h"

namespace pratique::rules {

/// One rule. The views live as long as the program.
struct Rule {
    std::string_view id;
    std::string_view title;
    std::string_view why;
    Standing standing;
    /// Of a call, a construction or a state; of the import alone. `info` for a vetted name.
    Severity severity;
    Severity import_severity;
    Capabilities capabilities;
    /// Bit 1 << Effect for each effect that a vetted rule vouches for.
    std::uint8_t effects;
    /// Vouches for the classes of a package: rules::vouches() asks for more than this rule.
    bool package;
    /// A call of this name calls or constructs, in turn, its argument of this number (from 0), if
    /// that is callable: whoever vouches for the call must judge that one too. -1: none.
    std::int8_t followed_argument;
    Effect followed_effect;

    constexpr bool vouches(Effect effect) const {
        return standing == Standing::vetted && (effects >> static_cast<unsigned>(effect) & 1U) != 0;
    }
};

/// What the scanner says when it emits a finding.
struct FindingInfo {
    std::string_view id;
    std::string_view title;
    std::string_view why;
    std::string_view advice;
    Severity severity;
    Capabilities capabilities;
};

/// The rule of a resolved name (module and qualified name joined by a dot), or null when no rule
/// knows it. An exact entry comes first, then a component that leads into Python's internals
/// anywhere in the name, then the longest `package.*` that contains it.
const Rule* find(std::string_view dotted_name);

/// Whether the rule of `dotted_name` vouches for `effect`. A package rule vouches only for names
/// outside of test and command modules that do not lead through a module of another package.
bool vouches(std::string_view dotted_name, Effect effect);
/// The same where find() was asked already: `rule` is that of `dotted_name`.
bool vouches(const Rule& rule, std::string_view dotted_name, Effect effect);

/// The module that `attribute` of `module` really is: ("random", "_os") is "os".
std::optional<std::string_view> reexport(std::string_view module, std::string_view attribute);

/// What Python 3 makes of a name of Python 2 (protocol below 3, fix_imports): the table of names
/// comes first, else the table of modules, else the name is unchanged.
std::pair<std::string_view, std::string_view> python3_name(std::string_view module,
                                                           std::string_view name);

/// Whether Python calls an attribute of this name by itself (`__setstate__`, `__hash__`, …).
bool is_dunder_hook(std::string_view attribute);

/// All rules, in the order of their files; the SHA-256 (hexadecimal) of those files.
std::span<const Rule> all();
std::string_view digest();

/// One for each finding that a scan can emit. The enumerators are in rules/findings.h, which the
/// data makes: only what names one has to know them all.
enum class RuleId : std::uint16_t;

/// The catalogue of findings; the enumerator's value is the index.
const FindingInfo& info(RuleId id);
std::span<const FindingInfo> findings();

}  // namespace pratique::rules
