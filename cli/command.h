// What every subcommand is made of: it adds its options to the parser and sets what runs. The exit
// codes of the whole program stand in api/exit_code.h.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <type_traits>

#include "api/exit_code.h"
#include "api/gate/gate.h"
#include "api/load.h"
#include "api/scan.h"
#include "cli/terminal.h"

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
void add_man(CLI::App& app, int& exit);
void add_completion(CLI::App& app, int& exit);

/// Of the whole program, for its help and its manual page.
inline constexpr const char* kExamples =
    "pratique scan ./downloads              what can these files do?\n"
    "pratique scan --format json model.pt   the same, for programs\n"
    "pratique scan --report sarif=model.sarif --report html=model.html model.pt\n"
    "curl -s URL | pratique scan -          before it touches the disk\n"
    "pratique explain model.pt              every instruction, and what it reaches\n"
    "pratique inspect model.gguf            tensors, versions, who wrote it\n"
    "pratique convert model.pt model.safetensors  the tensors, and nothing else\n"
    "pratique sign ./model --key my.key      vouch for a release\n"
    "pratique verify ./model --key my.key.pub  is it what they signed, all of it?\n"
    "pratique gate --policy policy.json ./model  signed by whom we trust, and safe?\n"
    "pratique sandbox check                 what this machine's isolation can do";
/// Of every command.
inline constexpr const char* kExitCodes =
    "0 clean; 1 refused (a finding at or above --fail-on, a model that may not be\n"
    "loaded); 2 could not decide (a gap, an I/O error, no sandbox, nothing to scan); 64 wrong\n"
    "usage; 130 and the like: a signal (128 and its number).";

/// How much is said, and how it looks.
struct Saying {
    Color color = Color::automatic;
    bool quiet = false;
    bool verbose = false;
};
/// --color, --quiet and --verbose, as a group of their own.
void add_saying(CLI::App& command, Saying& saying);
/// --quiet alone, of commands that have no more to say: `what` is what they say without it.
void add_quiet(CLI::App& command, bool& quiet, const std::string& what);

/// One of some words, each for an enumerator; they are listed in the help and completed in shells.
template <class T>
CLI::Validator one_of(const std::map<std::string, T>& words) {
    static_assert(std::is_enum_v<T>);
    std::string all;
    for (const auto& [word, value] : words) all += (all.empty() ? "" : ",") + word;
    return CLI::Validator(
        [words, all](std::string& given) {
            const auto found = words.find(given);
            if (found == words.end()) return "must be one of " + all;
            given = std::to_string(static_cast<int>(found->second));
            return std::string();
        },
        "{" + all + "}");
}

/// An option that takes one value each time it is given, and may be given again.
inline CLI::Option* repeatable(CLI::Option* option) {
    return option->expected(1)->take_all()->allow_extra_args(false);
}

/// The options of all that reads files: limits, and the worker.
void add_limits(CLI::App& command, Limits& limits, sandbox::Options& worker);
/// Where private copies of files go.
void add_copies(CLI::App& command, api::SnapshotOptions& copies);
/// The options of all that loads files: those, and what may come out.
void add_load_options(CLI::App& command, api::LoadOptions& options);

/// Says why there is no model, on standard error; nothing if a signal is why. Returns the exit
/// code.
int complain(const api::LoadFailure& failure);
/// What the loader noticed but could live with, on standard error.
void print_warnings(const api::LoadedModel& model);

/// Writes to standard output, all of it. False if that failed, or if a signal called the work off.
bool print(const std::string& text);
/// The same of text for people: no line of it is a command to a CI system.
bool print_text(const std::string& text);
/// Writes to standard error. No line of it is a command to a CI system.
void say(const std::string& text);
/// One line of the program's own, with its name in front.
void complain(const std::string& text);

}  // namespace pratique::cli
