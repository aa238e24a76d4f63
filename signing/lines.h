// What the text forms of minisign and OpenSSH have in common, of keys and of signatures: short
// lines, some of them base64. All are read strictly, so that no two programs can read two things
// in one file.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pratique::signing {

/// The lines of a text without their ends, "\n" or "\r\n". An end behind the last line is no line.
std::vector<std::string_view> lines_of(std::string_view text);

/// True without control characters; a tab is none here.
bool is_plain(std::string_view line);

/// The bytes of strict base64 in the standard alphabet, with its padding.
std::optional<std::string> standard_base64(std::string_view text);

}  // namespace pratique::signing
