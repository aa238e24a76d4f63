// What SARIF calls things: levels, scores, and text as its messages need it.
#pragma once

#include <string>
#include <string_view>

#include "scanner/report.h"

namespace pratique::api {

std::string_view level(rules::Severity severity);
/// The scale of CVSS, on which GitHub draws its lines at 9, 7 and 4.
std::string_view security_severity(rules::Severity severity);
/// How often a result of the rule is right about harm. Default deny says of a medium finding only
/// that nobody knows.
std::string_view precision(rules::Severity severity);

/// Whether the gap is one of this program at work, and not of what lies in the file.
bool is_failure(scanner::GapReason reason);

/// In messages braces stand for arguments, and [words](address) for a link: neither may come from
/// a file (3.11.5, 3.11.6).
std::string message_text(std::string_view text);
/// Our own words in Markdown: `__new__` is no emphasis.
std::string markdown_text(std::string_view text);

}  // namespace pratique::api
