// What every subcommand is made of: it adds its options to the parser and sets what runs. The exit
// codes of the whole program stand here.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "api/scan.h"

namespace pratique::cli {

enum Exit : int {
    kClean = 0,
    kRefused = 1,    // a finding at or above --fail-on
    kUndecided = 2,  // a gap, an error of the system, nothing to scan
    kUsage = 64,
};

/// Each adds one subcommand; `exit` receives its exit code when it has run.
void add_scan(CLI::App& app, int& exit);
void add_explain(CLI::App& app, int& exit);
void add_rules(CLI::App& app, int& exit);
void add_sandbox(CLI::App& app, int& exit);

/// The options that scan and explain share: limits, and the worker.
void add_limits(CLI::App& command, api::ScanOptions& options);

/// Writes to standard output, all of it. False if that failed.
bool print(const std::string& text);

}  // namespace pratique::cli
