// Reports as text: pure functions of a ScanReport, which knows nothing of how it came about. The
// same report gives the same bytes, always: no time, no host, no order of a hash table.
//
//                     ┌─► text, markdown, html         for people
//      ScanReport ────┼─► sarif, junit, cyclonedx      for what others have built
//         ▲           └─► json ──┐
//         └── read_report() ◄────┘                     so that all can be drawn later
//
// What a file says is hostile wherever it is shown. In a ScanReport it is printable already; each
// form escapes it once more, for its own medium.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/scan.h"
#include "base/json.h"

namespace pratique::api {

/// The object `isolation` of a report, as the next key of the one that is open.
void put_isolation(json::Writer& out, const sandbox::Isolation& isolation);

/// One file of a report, as an object.
void put_file(json::Writer& out, const ScannedFile& file);

/// Findings alone, as a JSON array.
std::string json_findings(const std::vector<scanner::Finding>& findings);

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

struct DrawOptions {
    /// Absolute path of the folder that names of files are relative to, so that a code-scanning
    /// page finds them; empty: names that are absolute stay so.
    std::string root;
    /// Address of the page that explains findings; empty: none.
    std::string help_uri;
    TextOptions text;
};

/// SARIF 2.1.0 (OASIS, errata 01), for code-scanning pages.
std::string sarif_report(const ScanReport& report, const DrawOptions& options);
/// JUnit's XML: a test case for each file, for the test pages of CI systems.
std::string junit_report(const ScanReport& report);
/// GitHub's dialect of Markdown, for step summaries; at most 1 MiB.
std::string markdown_report(const ScanReport& report);
/// CycloneDX 1.6: a bill of materials of the files, with findings as vulnerabilities.
std::string cyclonedx_report(const ScanReport& report);
/// One page that needs nothing else: no network, no script.
std::string html_report(const ScanReport& report);

enum class Form : std::uint8_t { text, json, sarif, junit, markdown, cyclonedx, html };
std::string_view name(Form form);
std::optional<Form> form_named(std::string_view name);
std::vector<std::string> form_names();
std::string draw(Form form, const ScanReport& report, const DrawOptions& options);

}  // namespace pratique::api
