// Options that several subcommands share.
#include "api/worker_path.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "rules/rules.h"

namespace pratique::cli {

void add_saying(CLI::App& command, Saying& saying) {
    auto* group =
        command.add_option_group("Output", "For people; JSON is the same whatever these say");
    const std::map<std::string, Color> colors = {
        {"auto", Color::automatic}, {"always", Color::always}, {"never", Color::never}};
    group
        ->add_option("--color", saying.color,
                     "auto: on terminals, unless NO_COLOR is set; with CLICOLOR_FORCE anywhere")
        ->transform(one_of(colors))
        ->default_str("auto");
    auto* quiet = group->add_flag("-q,--quiet", saying.quiet, "Say only what decides");
    group
        ->add_flag("-v,--verbose", saying.verbose, "Say more about each file, and how long it took")
        ->excludes(quiet);
}

void add_quiet(CLI::App& command, bool& quiet, const std::string& what) {
    command.add_flag("-q,--quiet", quiet, "Do not say " + what);
}

void add_limits(CLI::App& command, Limits& limits, sandbox::Options& worker) {
    worker.worker = api::worker_path();
    auto* group = command.add_option_group("Limits", "Going over one is a gap in the report");
    group->add_option("--max-depth", limits.depth, "Containers inside containers")
        ->capture_default_str();
    group->add_option("--max-members", limits.members, "Members of a file's containers")
        ->capture_default_str();
    group->add_option("--max-bytes", limits.inflated_bytes, "Decompressed bytes of one file")
        ->transform(CLI::AsSizeValue(false))
        ->default_str("2GiB");
    group->add_option("--max-ratio", limits.ratio, "Decompressed bytes per byte")
        ->capture_default_str();
    group->add_option("--max-memory", worker.memory_bytes, "Memory of a worker")
        ->transform(CLI::AsSizeValue(false))
        ->default_str("4GiB");
    group
        ->add_option_function<unsigned>(
            "--max-seconds",
            [&worker](unsigned seconds) { worker.request_timeout = std::chrono::seconds(seconds); },
            "Time for one file")
        ->default_str("60");
    const std::map<std::string, sandbox::Tier> tiers = {{"basic", sandbox::Tier::basic},
                                                        {"strong", sandbox::Tier::strong},
                                                        {"full", sandbox::Tier::full}};
    command
        .add_option("--min-isolation", worker.min_tier,
                    "Fail rather than read files with less: full (and namespaces), strong (seccomp "
                    "and Landlock) or basic (seccomp alone)")
        ->transform(one_of(tiers))
        ->default_str("strong");
    command
        .add_option("--cgroup", worker.cgroup,
                    "Put each worker in a control group of its own, made in this folder of "
                    "cgroup2 that you may write to")
        ->type_name("FOLDER");
    command.add_option("--worker", worker.worker, "The worker program to use instead")->group("");
}

void add_load_options(CLI::App& command, api::LoadOptions& options) {
    const std::map<std::string, loader::Mode> modes = {{"tensors", loader::Mode::tensors},
                                                       {"inert", loader::Mode::inert},
                                                       {"strict", loader::Mode::strict}};
    command
        .add_option("--mode", options.loader.mode,
                    "inert: tensors, and all else as data that nothing runs; tensors: nothing but "
                    "tensors; strict: as inert, but refuse callables that are not known to build "
                    "plain data")
        ->transform(one_of(modes))
        ->default_str("inert");
    command.add_flag("--view", options.view,
                     "Read the file where it is, not a copy: fast, and only as good as whoever "
                     "else can write to it");
    command.add_flag("--dequantize", options.loader.dequantize,
                     "Turn quantised blocks of GGUF files into float32");
    command
        .add_option("--max-tensors", options.loader.logical_bytes,
                    "Bytes that all tensors together may stand for; four times the file is "
                    "always allowed")
        ->transform(CLI::AsSizeValue(false))
        ->default_str("16GiB");
    command
        .add_option("--max-snapshot", options.snapshot.most_in_memory,
                    "Memory for the copies of a file and those that it names; what goes beyond it "
                    "is copied to disk")
        ->transform(CLI::AsSizeValue(false))
        ->default_str("4GiB");
    command.add_option("--snapshot-folder", options.snapshot.folder,
                       "Where on disk; by default the system's folder for temporary files");
    add_limits(command, options.limits, options.sandbox);
}

void add_copies(CLI::App& command, api::SnapshotOptions& copies) {
    command
        .add_option("--max-snapshot", copies.most_in_memory,
                    "Memory for copies, shared among the workers; larger ones go to disk")
        ->transform(CLI::AsSizeValue(false))
        ->default_str("4GiB");
    command.add_option("--snapshot-folder", copies.folder,
                       "Where on disk; by default the system's folder for temporary files");
}

int complain(const api::LoadFailure& failure) {
    if (Interrupt::exit_code()) return kUndecided;
    std::string out = "pratique: " + failure.path;
    if (!failure.place.empty()) out += ": " + failure.place;
    if (failure.error) out += " at " + std::to_string(failure.error->offset);
    out += ": ";
    if (failure.error) out += std::string(name(failure.error->code)) + ": ";
    out += failure.message + "\n";
    for (const scanner::Finding& finding : failure.findings) {
        out += "pratique:   " + std::string(rules::name(finding.severity)) + " " +
               std::string(rules::info(finding.rule).id) + ": " + finding.message +
               (finding.evidence.empty() ? "" : ": " + finding.evidence) + "\n";
    }
    say(out);
    return failure.refused ? kRefused : kUndecided;
}

void print_warnings(const api::LoadedModel& model) {
    for (const loader::Warning& warning : model.content().warnings) {
        complain("warning: " + escape(warning.place) + (warning.place.empty() ? "" : " ") + "at " +
                 std::to_string(warning.offset) + ": " + std::string(name(warning.code)) + ": " +
                 escape(warning.text));
    }
}

}  // namespace pratique::cli
