// The names that a signature can hold: relative, in UTF-8, "/" between components (OMS 1.0,
// section 6). Control characters, colons and backslashes are names like others; nothing is
// normalised, as two spellings of a letter are two files.
#pragma once

#include <string_view>

namespace pratique::signing {

constexpr std::size_t kLongestName = 4096;
constexpr std::size_t kLongestComponent = 255;

/// What is wrong with it, in words for people; empty if it is such a name.
std::string_view fault_of_name(std::string_view name);

}  // namespace pratique::signing
