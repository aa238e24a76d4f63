// Reports as text: pure functions of a ScanReport, which knows nothing of how it came about.
#pragma once

#include <string>

#include "api/scan.h"
#include "base/json.h"

namespace pratique::api {

/// The object `isolation` of a report, as the next key of the one that is open.
void put_isolation(json::Writer& out, const sandbox::Isolation& isolation);

/// One file of a report, as an object.
void put_file(json::Writer& out, const ScannedFile& file);

/// The JSON of docs/report.md, stable and deterministic.
std::string json_report(const ScanReport& report);

struct TextOptions {
    bool all = false;  // list clean files too
    bool colour = false;
    unsigned width = 80;
    /// Nothing but what decides: files that reach `fail_on` or have gaps, of their findings those
    /// that matter to it, and no summary.
    bool quiet = false;
    scanner::Verdict fail_on = scanner::Verdict::suspicious;
    /// Also what is known of each file beside its verdict, and what was suppressed.
    bool verbose = false;
};
/// For people: a line per file that is not clean, its findings and gaps, and a summary.
std::string text_report(const ScanReport& report, const TextOptions& options);

}  // namespace pratique::api
