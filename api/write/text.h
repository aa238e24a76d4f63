// JSON as the headers of model files have it: without blanks, nothing escaped that need not be.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace pratique::api {

/// A JSON string; `text` is UTF-8. The same bytes as Rust's serde_json gives.
std::string json_string(std::string_view text);
/// "[2,3]".
std::string json_numbers(std::span<const std::uint64_t> numbers);
/// The shortest decimal that reads back as the same double; what is not finite in quotes.
std::string shortest(double value);

}  // namespace pratique::api
