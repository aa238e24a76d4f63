// Python source beside a model or in it: what importing the file does. Read by tokens and structure
// (formats/python), walked as an import would (interpreter.h).
#pragma once

#include "scanner/checks/python/judge.h"
#include "scanner/format.h"

namespace pratique::scanner {

/// Text that is Python to its last line and does something: imports, defines, calls.
Claim recognise_python(Bytes bytes, const Limits& limits);
void check_python(Scan& scan, const Artifact& artifact);
/// The same, of source that stands inside of something else, and runs at `when`.
void check_source(Scan& scan, const Artifact& artifact, When when);

/// True if a text called `*.py` has what only Python has, although not all of it can be read.
bool is_broken_python(const Artifact& artifact);
/// The lines of a `.pth` file that Python would run. False if the text is none: such a file lists
/// folders.
bool check_path_file(Scan& scan, const Artifact& artifact);

}  // namespace pratique::scanner
