// JSON that is small to send and dear to read: nesting that overflows the stack of a recursive
// reader, numbers that take one of Python seconds to convert.
#pragma once

#include "scanner/scan.h"

namespace pratique::scanner {

/// Called with the error that ended the reading of a JSON text: the finding beside its gap, if the
/// error is that of a bomb.
void report_json_bomb(Scan& scan, const Artifact& artifact, const Error& error);

}  // namespace pratique::scanner
