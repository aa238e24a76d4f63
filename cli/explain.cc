// pratique explain: the instructions of a file's pickles, and what they reach.
#include <memory>

#include "cli/command.h"
#include "cli/interrupt.h"

namespace pratique::cli {

namespace {

struct Options {
    std::string path;
    api::ScanOptions scan;
};

int run(const Options& options) {
    const api::Explanation explanation = api::explain(options.path, options.scan);
    int exit = print_text(explanation.listing) ? kClean : kUndecided;
    if (Interrupt::exit_code()) return exit;
    if (!explanation.failure.empty()) {
        complain(explanation.failure);
        exit = kUndecided;
    } else if (explanation.listing.empty() && explanation.gaps.empty()) {
        complain("no pickle in this file");
    }
    for (const scanner::Gap& gap : explanation.gaps) {
        complain("not all was read: " + gap.artifact + (gap.artifact.empty() ? "" : " ") + "at " +
                 std::to_string(gap.offset) + ": " + gap.message);
        exit = kUndecided;
    }
    return exit;
}

}  // namespace

void add_explain(CLI::App& app, int& exit) {
    auto* command =
        app.add_subcommand("explain", "List a file's pickles, instruction by instruction");
    auto options = std::make_shared<Options>();
    command->add_option("FILE", options->path, "A file; - for standard input")->required();
    add_limits(*command, options->scan.limits, options->scan.sandbox);
    command->callback([options, &exit] {
        exit = interruptibly([&](int cancel) {
            options->scan.sandbox.cancel = cancel;
            return run(*options);
        });
    });
}

}  // namespace pratique::cli
