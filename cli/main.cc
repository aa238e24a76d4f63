// pratique: inspects machine-learning model files from strangers.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <exception>

#include "cli/command.h"

namespace pratique::cli {

bool print(const std::string& text) {
    return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() &&
           std::fflush(stdout) == 0;
}

namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  pratique scan ./downloads              what can these files do?\n"
    "  pratique scan --format json model.pt   the same, for programs\n"
    "  pratique scan --report sarif=model.sarif --report html=model.html model.pt\n"
    "  curl -s URL | pratique scan -          before it touches the disk\n"
    "  pratique explain model.pt              every instruction, and what it reaches\n"
    "  pratique inspect model.gguf            tensors, versions, who wrote it\n"
    "  pratique convert model.pt model.safetensors  the tensors, and nothing else\n"
    "  pratique sign ./model --key my.key      vouch for a release\n"
    "  pratique verify ./model --key my.key.pub  is it what they signed, all of it?\n"
    "  pratique gate --policy policy.json ./model  signed by whom we trust, and safe?\n"
    "  pratique sandbox check                 what this machine's isolation can do\n"
    "\n"
    "Exit codes: 0 clean; 1 refused (a finding at or above --fail-on, a model that may not be\n"
    "loaded); 2 could not decide (a gap, an I/O error, no sandbox, nothing to scan); 64 wrong "
    "usage.";

int run(int argc, char** argv) {
    CLI::App app("Inspects machine-learning model files from strangers.", "pratique");
    app.set_version_flag("--version", "pratique " PRATIQUE_VERSION);
    app.require_subcommand(1);
    app.footer(kExamples);
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
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (app.exit(error) == 0) return kClean;
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
        return pratique::cli::run(argc, argv);
    } catch (const std::exception& error) {
        // Whatever it is, it is no verdict.
        std::fprintf(stderr, "pratique: internal error: %s\n", error.what());
        return pratique::cli::kUndecided;
    }
}
