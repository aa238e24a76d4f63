// What is wrong with rule files, as lines of text. The compiler of the rules stops at the first
// line, the unit test expects none, and the command that checks a user's own rules prints them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "rules/source.h"

namespace pratique::rules {

/// Reads and checks `files` together: schema, ids (unique, in order), patterns (well formed, in
/// order, none of them standing twice or inside another of its rule), exceptions that except
/// something, and examples that hit and miss as they say. Empty when all is well.
std::vector<std::string> lint(std::span<const SourceFile> files);

}  // namespace pratique::rules
