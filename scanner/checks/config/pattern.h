// Regular expressions that take a tokenizer for ever: a repetition inside a repetition, which a
// backtracking engine tries in every combination.
#pragma once

#include <string_view>

#include "scanner/checks/config/met.h"

namespace pratique::scanner {

/// `Regex` of a tokenizer.json.
void check_pattern(const Met& met);

/// True if a group without an upper bound of repetitions matches, by itself, what a single part of
/// it without one matches: `(a+)+`, `(\s*|x)*`. Such a pattern takes time exponential in the text.
bool is_exponential(std::string_view pattern);

}  // namespace pratique::scanner
