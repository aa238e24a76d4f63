// Scripts of shells, of Windows and of PowerShell: nobody runs them when a model is loaded, but a
// line that runs what it fetches has no business there.
#pragma once

#include "scanner/format.h"

namespace pratique::scanner {

/// `#!` with an interpreter, or what batch files begin with.
Claim recognise_script(Bytes bytes, const Limits& limits);
void check_script(Scan& scan, const Artifact& artifact);
/// Whether a text's name says that it is one, for those without a first line that tells.
bool is_script_name(std::string_view name);

/// Sources that are run by other programs (R, Lua, JavaScript, make, Docker), and often hold
/// commands: only those that harm are reported.
bool holds_commands(std::string_view name);
void check_commands(Scan& scan, const Artifact& artifact);

/// Reports the harmful ones among the lines, which begin at `offset` of the artifact.
void check_command_lines(Scan& scan, const Artifact& artifact, std::string_view lines,
                         std::uint64_t offset);

}  // namespace pratique::scanner
