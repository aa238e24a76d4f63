// Times as text: RFC 3339 in UTC, to the second ("2027-01-31T00:00:00Z"), as policies, trust
// stores and attestations write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pratique {

/// Seconds since 1970 as text. Years 0 to 9999.
std::string utc_text(std::int64_t seconds);

/// Exactly the form of utc_text(), a date of the calendar; nothing else.
std::optional<std::int64_t> utc_seconds(std::string_view text);

}  // namespace pratique
