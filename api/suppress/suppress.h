// Takes out of a report what does not count, and says what that was.
#pragma once

#include <cstdint>

#include "api/suppress/baseline.h"
#include "api/suppress/ignore.h"

namespace pratique::api {

/// Moves what a rule ignores, and what the baseline knows, from the reports of files to what they
/// suppress; either may be null. `now` in seconds since 1970. What a file was found to read has
/// been judged before, in full: a shard that is ignored is no reason to trust the file that reads
/// it.
void suppress(ScanReport& report, const IgnoreRules* ignore, const Baseline* baseline,
              std::int64_t now);

}  // namespace pratique::api
