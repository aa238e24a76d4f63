// The inverse of the JSON report, for reports that somebody signed or that are to be drawn again:
// every word must be one of ours.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "api/scan.h"
#include "base/json_fields.h"

namespace pratique::api {

/// A whole report, or what is wrong with it; safe to print.
std::variant<ScanReport, std::string> read_report(std::string_view json);

/// A file that was opened; what is wrong goes to the problem of `in`.
ScannedFile read_scanned_file(json::Fields& in);

std::optional<sandbox::Tier> tier_named(std::string_view name);
std::optional<Binding> binding_named(std::string_view name);
std::optional<scanner::Verdict> verdict_named(std::string_view name);
std::optional<scanner::GapReason> gap_named(std::string_view name);
std::optional<scanner::RuleId> rule_named(std::string_view id);
std::optional<rules::Capability> capability_named(std::string_view name);

}  // namespace pratique::api
