// pratique scan: findings, gaps and verdicts of files and folders.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <variant>

#include "api/cache/result_cache.h"
#include "api/report/excerpt.h"
#include "api/report/report.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/report_files.h"
#include "cli/suppress_options.h"

namespace pratique::cli {
namespace {

using scanner::Verdict;

struct Options {
    std::vector<std::string> paths;
    api::Form form = api::Form::text;
    std::string output;
    std::vector<std::string> reports;
    bool explain = false;
    Verdict fail_on = Verdict::suspicious;
    bool all = false;
    bool snapshot = false;
    Saying saying;
    SuppressOptions suppress;
    api::CacheOptions cache;
    api::SnapshotOptions copies;
    api::ScanOptions scan;
};

/// How the scan went, for who wants to know: on standard error, as it differs from run to run.
void say_how_it_went(const ProgressLine& line, const api::ResultCache* cache) {
    const api::Progress done = line.last();
    const double seconds = std::chrono::duration<double>(line.elapsed()).count();
    std::fprintf(stderr, "pratique: %zu files of %llu bytes in %.2f s", done.files,
                 static_cast<unsigned long long>(done.bytes), seconds);
    if (cache != nullptr) std::fprintf(stderr, ", %zu from the cache", cache->found());
    std::fputs("\n", stderr);
}

/// The report. With the instructions around what is dangerous if they are wanted.
api::ScanReport look(Options& options, bool explain) {
    if (options.snapshot) options.scan.snapshot = options.copies;
    const bool reads_all = options.scan.digest || options.snapshot;
    ProgressLine line(!options.saying.quiet, reads_all);
    options.scan.progress = [&](const api::Progress& done) { line.update(done); };
    api::ScanReport report = api::scan(options.paths, options.scan);
    options.suppress.apply(report);
    if (explain) api::explain_dangerous(report, options.scan);
    line.finish();
    if (Interrupt::exit_code()) return report;
    const api::ResultCache* cache = options.scan.cache.get();
    if (options.saying.verbose) say_how_it_went(line, cache);
    if (cache != nullptr && cache->spoilt() != 0) {
        std::fprintf(stderr,
                     "pratique: %zu results of the cache are not as they were written; they "
                     "were not used\n",
                     cache->spoilt());
    }
    return report;
}

/// An exit code if it cannot be used, as was said.
std::optional<int> open_cache(Options& options) {
    if (options.cache.folder.empty()) return std::nullopt;
    options.cache.worker = options.scan.sandbox.worker;
    auto opened = api::ResultCache::open(options.cache);
    if (const auto* why = std::get_if<std::string>(&opened)) {
        complain("the cache cannot be used: " + *why);
        return kUndecided;
    }
    options.scan.cache = std::get<std::shared_ptr<api::ResultCache>>(opened);
    // A result is kept if it is that of a process which read this file alone, from a copy.
    options.scan.isolate_files = true;
    options.snapshot = true;
    return std::nullopt;
}

int run(Options& options, int cancel) {
    options.scan.sandbox.cancel = cancel;
    if (const auto failed = options.suppress.read(options.scan)) return *failed;
    if (const auto failed = open_cache(options)) return *failed;
    if (!options.saying.quiet) options.suppress.warn_of_planted(options.paths);
    if (!options.output.empty()) {
        options.reports.push_back(std::string(api::name(options.form)) + "=" + options.output);
    }
    ReportFiles files;
    if (!files.open(options.reports)) return kUndecided;
    const bool explain =
        options.explain || options.form == api::Form::html || files.any(api::Form::html);
    const api::ScanReport report = look(options, explain);
    if (Interrupt::exit_code()) return kUndecided;
    api::DrawOptions draw = draw_options(options.saying, options.all || report.files.size() == 1);
    draw.text.fail_on = options.fail_on;
    if (report.files.empty()) complain("nothing to scan");
    if (options.output.empty() && !print(api::draw(options.form, report, draw))) return kUndecided;
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

void add_cache(CLI::App& command, Options& options) {
    auto* group = command.add_option_group(
        "Cache", "Results for the same bytes, options and rules are kept from scan to scan");
    auto* folder =
        group
            ->add_option("--cache", options.cache.folder,
                         "In this folder, which is yours alone (mode 0700); implies --snapshot and "
                         "--isolate file")
            ->type_name("FOLDER");
    group
        ->add_option(
            "--cache-key", options.cache.key,
            "A file of 32 bytes or more that only you can read, by which results are known "
            "to be yours; default: one in the folder")
        ->type_name("FILE")
        ->needs(folder);
    group->add_option("--cache-size", options.cache.most_bytes, "Room for results on the disk")
        ->transform(CLI::AsSizeValue(false))
        ->default_str("256MiB")
        ->needs(folder);
}

}  // namespace

void add_scan(CLI::App& app, int& exit) {
    auto* command = app.add_subcommand("scan", "Say what model files can do");
    auto options = std::make_shared<Options>();
    command->add_option("PATH", options->paths, "Files and folders; - for standard input")
        ->required();
    add_form(*command, "--format", options->form)->default_str("text");
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
        ->transform(one_of(verdicts))
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
    add_saying(*command, options->saying);
    options->suppress.add_to(*command);
    add_cache(*command, *options);
    add_limits(*command, options->scan.limits, options->scan.sandbox);
    command->callback([options, &exit] {
        exit = interruptibly([&](int cancel) { return run(*options, cancel); });
    });
}

}  // namespace pratique::cli
