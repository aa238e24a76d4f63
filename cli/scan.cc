// pratique scan: findings, gaps and verdicts of files and folders.
#include <unistd.h>

#include <chrono>
#include <memory>

#include "api/report.h"
#include "api/report/excerpt.h"
#include "cli/command.h"
#include "cli/report_files.h"

namespace pratique::cli {
namespace {

using scanner::Verdict;

struct Options {
    std::vector<std::string> paths;
    std::string format = "text";
    std::string output;
    std::vector<std::string> reports;
    bool explain = false;
    Verdict fail_on = Verdict::suspicious;
    bool all = false;
    bool snapshot = false;
    api::SnapshotOptions copies;
    api::ScanOptions scan;
};

/// Progress on standard error, when that is a terminal and the work takes noticeably long.
class Progress {
public:
    void operator()(std::size_t done, std::size_t total) {
        using namespace std::chrono_literals;
        const auto now = std::chrono::steady_clock::now();
        if (now - start_ < 500ms || now - last_ < 100ms) return;
        last_ = now;
        shown_ = true;
        std::fprintf(stderr, "\r%zu of %zu files ", done, total);
    }
    void clear() const {
        if (shown_) std::fputs("\r\x1b[K", stderr);
    }

private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    std::chrono::steady_clock::time_point last_ = start_;
    bool shown_ = false;
};

int run(Options& options) {
    Progress progress;
    if (::isatty(STDERR_FILENO) != 0) {
        options.scan.progress = [&](std::size_t done, std::size_t total) { progress(done, total); };
    }
    if (options.snapshot) options.scan.snapshot = options.copies;
    const auto form = api::form_named(options.format).value_or(api::Form::text);
    if (!options.output.empty()) {
        options.reports.push_back(options.format + "=" + options.output);
    }
    ReportFiles files;
    if (!files.open(options.reports)) return kUndecided;
    api::ScanReport report = api::scan(options.paths, options.scan);
    if (options.explain || form == api::Form::html || files.any(api::Form::html)) {
        api::explain_dangerous(report, options.scan);
    }
    progress.clear();
    const api::DrawOptions draw = draw_options(options.all || report.files.size() == 1);
    if (report.files.empty()) std::fputs("pratique: nothing to scan\n", stderr);
    if (options.output.empty() && !print(api::draw(form, report, draw))) return kUndecided;
    if (!files.write(report, draw)) return kUndecided;
    return exit_code(report, options.fail_on);
}

void add_snapshot(CLI::App& command, Options& options) {
    auto* flag =
        command.add_flag("--snapshot", options.snapshot,
                         "Copy each file first, and look at the copy, which nothing can change");
    add_copies(command, options.copies);
    for (const char* option : {"--max-snapshot", "--snapshot-folder"}) {
        command.get_option(option)->needs(flag);
    }
}

}  // namespace

void add_scan(CLI::App& app, int& exit) {
    auto* command = app.add_subcommand("scan", "Say what model files can do");
    auto options = std::make_shared<Options>();
    command->add_option("PATH", options->paths, "Files and folders; - for standard input")
        ->required();
    add_form(*command, options->format);
    command
        ->add_option("--output", options->output,
                     "A file for the report, instead of standard output")
        ->type_name("FILE");
    add_report_files(*command, options->reports);
    command->add_flag("--explain", options->explain,
                      "Add the instructions around what is dangerous (json, markdown; html always "
                      "has them)");
    const std::map<std::string, Verdict> verdicts = {{"malicious", Verdict::malicious},
                                                     {"suspicious", Verdict::suspicious},
                                                     {"incomplete", Verdict::incomplete}};
    command
        ->add_option("--fail-on", options->fail_on,
                     "Exit with 1 from this verdict on: malicious, suspicious or incomplete")
        ->transform(CLI::CheckedTransformer(verdicts).description(""))
        ->default_str("suspicious");
    command->add_option("--jobs", options->scan.jobs, "Workers at one time; 0: one per processor")
        ->capture_default_str();
    command->add_flag("--all", options->all, "List clean files too");
    command->add_flag("--digest", options->scan.digest, "Report each file's SHA-256");
    add_snapshot(*command, *options);
    command
        ->add_option_function<std::string>(
            "--isolate",
            [options](const std::string& what) { options->scan.isolate_files = what == "file"; },
            "A worker for each trust root, or for each file")
        ->check(CLI::IsMember({"root", "file"}))
        ->default_str("root");
    add_limits(*command, options->scan.limits, options->scan.sandbox);
    command->callback([options, &exit] { exit = run(*options); });
}

}  // namespace pratique::cli
