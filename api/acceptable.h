// Which gaps somebody may decide to live with, and which patterns say too much: for policies,
// ignore rules and baselines alike.
#pragma once

#include <string_view>

#include "scanner/report.h"

namespace pratique::api {

/// True for what is said of the same bytes every time: not known, damaged, encrypted, not
/// downloaded. What went wrong on this machine or went over a limit says nothing about the file,
/// and what was not read may be anything.
bool is_about_bytes(scanner::GapReason reason);

/// A pattern of nothing but wildcards and separators.
bool matches_everything(std::string_view pattern);

}  // namespace pratique::api
