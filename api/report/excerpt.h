// The instructions around what makes a file dangerous, for reports that people read. The listing is
// the one of `pratique explain`, made by a worker from a second reading of the file: only pieces in
// which that reading finds again what the scan found are kept, so a file that was exchanged in
// between has none.
#pragma once

#include <string_view>
#include <vector>

#include "api/scan.h"

namespace pratique::api {

/// Adds excerpts to the worst of the malicious files, as many as a report can do with. What can be
/// read only once (standard input, pipes) has none. Throws only std::bad_alloc.
void explain_dangerous(ScanReport& report, const ScanOptions& options);

/// The pieces of a listing around each line that marks one of `findings`.
std::vector<Excerpt> excerpts_of(std::string_view listing,
                                 const std::vector<scanner::Finding>& findings);

}  // namespace pratique::api
