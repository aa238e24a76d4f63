// Parts of the HTML report.
#pragma once

#include <string>

#include "api/scan.h"

namespace pratique::api {

/// A file that is not clean: a line that unfolds to all that is known of it.
std::string html_file(const ScannedFile& file, bool open);
/// A file as one line of a list.
std::string html_row(const ScannedFile& file);

}  // namespace pratique::api
