// pratique: inspects machine-learning model files from strangers.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <span>
#include <sstream>
#include <string_view>

#include "api/report/log_lines.h"
#include "cli/command.h"
#include "cli/interrupt.h"

namespace pratique::cli {

bool print(const std::string& text) {
    // Of what was interrupted nothing is known.
    if (Interrupt::exit_code()) return false;
    return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() &&
           std::fflush(stdout) == 0;
}

bool print_text(const std::string& text) { return print(api::without_commands(text)); }

void say(const std::string& text) { std::fputs(api::without_commands(text).c_str(), stderr); }

void complain(const std::string& text) { say("pratique: " + text + "\n"); }

namespace {

/// The examples indented, and the exit codes.
std::string footer() {
    std::string out = "Examples:\n  ";
    for (const char c : std::string_view(kExamples)) {
        out += c;
        if (c == '\n') out += "  ";
    }
    return out + "\n\nExit codes: " + kExitCodes;
}

/// The words of the command line, the last one first, as the parser takes them. What stands behind
/// "--" is no option whatever it looks like. The parser forgets that behind some options and
/// arguments; and of a file called --help no exit code may be 0.
std::vector<std::string> words(std::span<char*> arguments) {
    std::vector<std::string> out;
    bool only_names = false;
    for (const std::string_view word : arguments) {
        if (!only_names && word == "--") {
            only_names = true;
        } else {
            const bool like_option = word.starts_with('-') && word != "-";
            out.emplace_back((only_names && like_option ? "./" : "") + std::string(word));
        }
    }
    std::reverse(out.begin(), out.end());
    return out;
}

int run(std::span<char*> arguments) {
    CLI::App app("Inspects machine-learning model files from strangers.", "pratique");
    app.set_version_flag("--version", "pratique " PRATIQUE_VERSION);
    app.require_subcommand(1);
    app.footer(footer());
    int exit = kUndecided;
    add_scan(app, exit);
    add_explain(app, exit);
    add_report(app, exit);
    add_rules(app, exit);
    add_sandbox(app, exit);
    add_inspect(app, exit);
    add_load(app, exit);
    add_convert(app, exit);
    add_sign(app, exit);
    add_verify(app, exit);
    add_keygen(app, exit);
    add_key(app, exit);
    add_attest(app, exit);
    add_gate(app, exit);
    add_completion(app, exit);
    add_man(app, exit);
    try {
        app.parse(words(arguments));
    } catch (const CLI::ParseError& error) {
        std::ostringstream out;
        std::ostringstream err;
        const bool is_help = app.exit(error, out, err) == 0;
        if (is_help) return print(out.str()) ? kClean : kUndecided;
        say(out.str() + err.str());
        return is_drop_in(app) ? kDropInUsage : kUsage;
    }
    return exit;
}

/// A standard stream that was closed would lend its number to the next file opened, and a report
/// would be written there, or a file read as the input. The stand-ins can do neither: what reads
/// from 0 or writes to 1 and 2 gets an error, as from a closed stream.
bool occupy_standard_streams() {
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(stream, F_GETFD) >= 0) continue;
        const int mode = stream == STDIN_FILENO ? O_WRONLY : O_RDONLY;
        if (::open("/dev/null", mode) != stream) return false;
    }
    return true;
}

}  // namespace
}  // namespace pratique::cli

int main(int argc, char** argv) {
    if (!pratique::cli::occupy_standard_streams()) return pratique::cli::kUndecided;
    try {
        return pratique::cli::run(
            std::span(argv, static_cast<std::size_t>(argc)).subspan(argc > 0 ? 1 : 0));
    } catch (const std::exception& error) {
        // Whatever it is, it is no verdict.
        std::fprintf(stderr, "pratique: internal error: %s\n", error.what());
        return pratique::cli::kUndecided;
    }
}
