// Values and calls as a reader of Python would write them: the evidence of a finding, and the
// right-hand side of a listing. Bounded in length and depth; everything from the file is escaped.
#pragma once

#include <string>

#include "scanner/checks/pickle/names.h"

namespace pratique::scanner {

/// `os.system("curl …")` for an object node, `"text"`, `[1, 2, …]`, `os.system` for an import.
std::string print(Names& names, const pickle::Program& program, pickle::Value value,
                  std::size_t limit = 160);

}  // namespace pratique::scanner
