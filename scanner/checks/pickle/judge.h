// The verdict on one Program: each of its effects is resolved (names.h), looked up in the rules,
// and reported unless a rule vouches for it. Default deny: what nothing is known of is a finding.
#pragma once

#include <set>
#include <utility>

#include "scanner/checks/pickle/names.h"
#include "scanner/scan.h"

namespace pratique::scanner {

/// What was said already of one artifact, so that a class used a thousand times is one finding.
using Said = std::set<std::pair<RuleId, std::string>>;

struct JudgeOptions {
    /// A torch file: persistent ids are storages.
    bool torch = false;
    /// Effects before this offset were judged in another reading of the same bytes.
    std::uint64_t from = 0;
    /// What joblib reads there, if it is a pickle: that of an array of objects. pickle's own reader
    /// runs the same opcodes with the memo of the pickle around it, and other names come out.
    const pickle::Program* array = nullptr;
};

void judge(Scan& scan, const Artifact& artifact, const pickle::Program& program, Said& said,
           JudgeOptions options = {});

/// True if `name` could be a Python identifier, or several joined by dots.
bool is_identifier(std::string_view name);
/// True if anything of the program is called, or only imported.
bool calls_something(const pickle::Program& program);
bool imports_something(const pickle::Program& program);
/// True if the effects from offset `begin` on could be meant: whatever is called comes before the
/// first import whose names could not be Python's, or there is no such import.
bool is_plausible(const pickle::Program& program, std::uint64_t begin = 0);

}  // namespace pratique::scanner
