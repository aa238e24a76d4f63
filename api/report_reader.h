// The inverse of the JSON report, for reports that somebody signed: every word must be one of ours.
#pragma once

#include <optional>
#include <string_view>

#include "api/scan.h"
#include "base/json_fields.h"

namespace pratique::api {

/// A file of a report; what is wrong goes to the problem of `in`.
ScannedFile read_scanned_file(json::Fields& in);

std::optional<sandbox::Tier> tier_named(std::string_view name);
std::optional<Binding> binding_named(std::string_view name);
std::optional<scanner::Verdict> verdict_named(std::string_view name);
std::optional<scanner::GapReason> gap_named(std::string_view name);
std::optional<scanner::RuleId> rule_named(std::string_view id);
std::optional<rules::Capability> capability_named(std::string_view name);

}  // namespace pratique::api
