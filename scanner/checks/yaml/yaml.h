// YAML: its tags say what a loader makes of it, and PyYAML's full and unsafe loaders make anything.
// The tree is then looked at as any other document.
#pragma once

#include "scanner/format.h"

namespace pratique::scanner {

/// Text whose lines begin as YAML's do, or that says what only YAML loaders act on.
Claim recognise_yaml(Bytes bytes, const Limits& limits);
void check_yaml(Scan& scan, const Artifact& artifact);
/// The same without the search for pickles, for text that was searched already: what looks like
/// JSON but is not strict is YAML, as a rule.
void check_as_yaml(Scan& scan, const Artifact& artifact);

/// `[section]` in a line of its own, with more behind it: TOML or INI, which begin as JSON does.
bool begins_with_section(std::string_view text);

/// True for names that make a loader read text as YAML, whatever it looks like.
bool is_named_like_yaml(std::string_view name);

}  // namespace pratique::scanner
