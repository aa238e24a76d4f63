// What every subcommand is made of: it adds its options to the parser and sets what runs. The exit
// codes of the whole program stand in api/exit_code.h.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "api/exit_code.h"
#include "api/gate/gate.h"
#include "api/load.h"
#include "api/scan.h"

namespace pratique::cli {

using api::exit_code;
using api::kClean;
using api::kRefused;
using api::kUndecided;
using api::kUsage;
/// Of verify key|certificate, as the reference implementation says it.
inline constexpr int kDropInUsage = 2;

/// Each adds one subcommand; `exit` receives its exit code when it has run.
void add_scan(CLI::App& app, int& exit);
void add_explain(CLI::App& app, int& exit);
void add_report(CLI::App& app, int& exit);
void add_rules(CLI::App& app, int& exit);
void add_sandbox(CLI::App& app, int& exit);
void add_convert(CLI::App& app, int& exit);
void add_inspect(CLI::App& app, int& exit);
void add_load(CLI::App& app, int& exit);
void add_sign(CLI::App& app, int& exit);
void add_verify(CLI::App& app, int& exit);
/// Whether what was parsed is `verify key` or `verify certificate`.
bool is_drop_in(const CLI::App& app);
void add_keygen(CLI::App& app, int& exit);
void add_key(CLI::App& app, int& exit);
void add_attest(CLI::App& app, int& exit);
void add_gate(CLI::App& app, int& exit);

/// The options of all that reads files: limits, and the worker.
void add_limits(CLI::App& command, Limits& limits, sandbox::Options& worker);
/// Where private copies of files go.
void add_copies(CLI::App& command, api::SnapshotOptions& copies);
/// The options of all that loads files: those, and what may come out.
void add_load_options(CLI::App& command, api::LoadOptions& options);

/// Says why there is no model, on standard error. Returns the exit code.
int complain(const api::LoadFailure& failure);
/// What the loader noticed but could live with, on standard error.
void print_warnings(const api::LoadedModel& model);

/// Writes to standard output, all of it. False if that failed.
bool print(const std::string& text);

}  // namespace pratique::cli
