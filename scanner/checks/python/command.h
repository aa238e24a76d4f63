// Command lines, of shell scripts, of notebooks and of the calls that start programs.
#pragma once

#include <string_view>

namespace pratique::scanner {

/// A line that no ordinary script holds: what is fetched is run, what is decoded is run, a shell is
/// handed to a connection.
bool harms(std::string_view line);
/// A program that builds and examples start, alone on its line: pip, git, nvidia-smi.
bool is_ordinary_command(std::string_view line);
/// Whether a URL names a machine by a bare address.
bool names_address(std::string_view url);
/// A path whose files something starts: shells' profiles, cron, autostart, a package folder.
bool is_started_from(std::string_view path);
/// A path that holds keys or passwords.
bool is_secret_path(std::string_view path);

}  // namespace pratique::scanner
