// The commands and options of the program as data, read from the parser itself: what --help prints,
// the manual pages and what shells complete come from one place and cannot drift apart.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace pratique::cli {

struct DescribedOption {
    std::vector<std::string> names;  // "--format"; of a positional: its name
    std::string value;               // "FILE", "UINT"; empty: a flag
    std::vector<std::string> choices;
    std::string fallback;  // what it is without the option; empty: nothing
    std::string text;
    std::string group;
    bool required = false;
    bool many = false;

    bool takes_value() const { return !value.empty(); }
    /// What stands for the value is a file, or may be one.
    bool takes_file() const;
};

struct DescribedGroup {
    std::string name;
    std::string text;
};

struct DescribedCommand {
    std::string path;  // "pratique sandbox check"
    std::string text;
    std::vector<DescribedOption> positionals;
    std::vector<DescribedOption> options;
    std::vector<DescribedGroup> groups;  // of options, in order; the first has no text
    std::vector<DescribedCommand> commands;

    /// The last word of the path.
    std::string name() const { return path.substr(path.rfind(' ') + 1); }
};

/// Without what is hidden from the help.
DescribedCommand describe_command(const CLI::App& app);

/// The command and all below it, the outer ones first.
std::vector<const DescribedCommand*> all_of(const DescribedCommand& command);

}  // namespace pratique::cli
