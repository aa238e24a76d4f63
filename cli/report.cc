// pratique report: draws a JSON report again, in another form.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>

#include "api/report/reader.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/report_files.h"

namespace pratique::cli {
namespace {

struct Options {
    api::Form form = api::Form::text;
    std::string report;
    std::string output;
    bool all = false;
    Saying saying;
};

std::optional<std::string> content(const std::string& path) {
    std::ostringstream out;
    if (path == "-") {
        out << std::cin.rdbuf();
        return std::move(out).str();
    }
    std::ifstream in(path, std::ios::binary);
    if (!in || (out << in.rdbuf()).bad() || in.bad()) return std::nullopt;
    return std::move(out).str();
}

int run(const Options& options) {
    const auto text = content(options.report);
    if (!text || text->empty()) {
        complain(escape(options.report) + ": cannot be read, or is empty");
        return kUndecided;
    }
    const auto read = api::read_report(*text);
    if (const auto* problem = std::get_if<std::string>(&read)) {
        complain(escape(options.report) + ": no report that can be drawn: " + *problem);
        return kUndecided;
    }
    const auto& report = std::get<api::ScanReport>(read);
    api::DrawOptions draw = draw_options(options.saying, options.all || report.files.size() == 1);
    if (!options.output.empty()) {
        draw.text.colour = false;
        draw.text.width = 80;
    }
    return put_out(api::draw(options.form, report, draw), options.output) ? kClean : kUndecided;
}

}  // namespace

void add_report(CLI::App& app, int& exit) {
    auto* command = app.add_subcommand("report", "Draw a JSON report again, in another format");
    auto options = std::make_shared<Options>();
    add_form(*command, "FORMAT", options->form)->required();
    command
        ->add_option("REPORT", options->report,
                     "What scan --format json wrote; - for standard input")
        ->required();
    command->add_option("--output", options->output, "A file for it, instead of standard output")
        ->type_name("FILE");
    command->add_flag("--all", options->all, "In text: list clean files too");
    add_saying(*command, options->saying);
    command->callback([options, &exit] { exit = run(*options); });
}

}  // namespace pratique::cli
