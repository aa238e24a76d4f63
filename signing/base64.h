// Base64 (RFC 4648), strict: one alphabet per text, no white space, no foreign characters, zero
// bits behind the last byte. Two readers can then not decode the same text to different bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace pratique::signing {

/// Standard alphabet, with padding.
std::string base64(Bytes bytes);

/// The bytes, as a string. Either alphabet; padding may be missing only where no character says
/// that the alphabet is the standard one. Nothing if it is no strict base64.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace pratique::signing
