// Text on its way to the log of a CI system, which takes some lines for commands: to set a
// variable, to hide what follows, to mark the step as good. A file's name must not be one.
//
//      GitHub     ::name …::…     at the start of a line, behind blanks too
//                 ##[name …]…     anywhere in a line
//      Azure      ##vso[name …]…  anywhere in a line
//
// Sources: actions/runner, ActionCommand.cs; microsoft/azure-pipelines-agent, Command.cs.
#pragma once

#include <string>
#include <string_view>

namespace pratique::api {

/// The same text, with the first character of each such place written as escape() (base/text.h)
/// writes what cannot be printed: "\x3a:", "\x23#[", "\x23#vso[".
std::string without_commands(std::string_view text);

}  // namespace pratique::api
