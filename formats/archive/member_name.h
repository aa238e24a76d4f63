// Names that containers give to their members, judged as paths. Every container format has members
// whose names some tool will one day join to a folder; the question is asked once, here.
#pragma once

#include <string_view>

namespace pratique::archive {

/// True if joining `name` to a folder could lead out of it on some platform: it is absolute, names
/// a drive or a host, or steps above the folder on its way (`a/../../x`). Both `/` and `\` count
/// as separators. `a..b` and `a/../b` stay inside. A name is also judged by its part before a
/// NUL, which is all that a C program would see. Thread-safe.
bool escapes(std::string_view name);

/// True for the name of a file in a folder, and nothing that leads elsewhere or that no file system
/// takes: no separator of any platform, not "." or "..", no control character, 1 to 255 bytes.
bool is_plain_name(std::string_view name);

}  // namespace pratique::archive
