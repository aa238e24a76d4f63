// The C++ text that the rule compiler writes.
#pragma once

#include <span>
#include <string>

#include "rules/source.h"

namespace pratique::rules {

/// SHA-256 (hexadecimal) over the names and contents of the files, in their order.
std::string digest_of(std::span<const SourceFile> files);

std::string emit_tables(const Sources& sources, std::string_view digest);
std::string emit_findings(const Sources& sources);

}  // namespace pratique::rules
