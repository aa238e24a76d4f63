// A Program as an annotated listing: one line per instruction, and under those that have an
// effect what they reach and what the rules say of it.
#pragma once

#include <string>

#include "scanner/checks/pickle/names.h"
#include "scanner/report.h"

namespace pratique::scanner {

/// Appends the listing of one pickle to `out`, at most `most` lines; what is left out is said.
/// `findings` are those of the same artifact. Everything from the file is escaped.
void list(const pickle::Program& program, std::string_view artifact,
          const std::vector<Finding>& findings, std::size_t most, std::string& out);

}  // namespace pratique::scanner
