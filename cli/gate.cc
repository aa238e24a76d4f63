// pratique gate: one exit code for "signed by whom we trust, and safe".
#include "api/gate/gate.h"

#include <cstdio>
#include <memory>

#include "cli/command.h"
#include "cli/trust_options.h"

namespace pratique::cli {
namespace {

struct Options {
    std::vector<std::string> models;
    std::string policy;
    std::string format = "text";
    bool explain = false;
    api::GateOptions gate;
    api::SnapshotOptions copies;
};

int exit_code(api::Answer answer) {
    switch (answer) {
        case api::Answer::passed:
        case api::Answer::warned: return kClean;
        case api::Answer::refused: return kRefused;
        case api::Answer::undecided: break;
    }
    return kUndecided;
}

int run(Options& options) {
    const auto policy = api::read_policy_file(options.policy);
    if (!policy) return complain(policy.error());
    options.gate.scan.snapshot = options.copies;
    std::vector<api::Decision> decisions;
    api::Answer worst = api::Answer::passed;
    for (const std::string& model : options.models) {
        decisions.push_back(api::gate(model, *policy, options.gate));
        worst = std::max(worst, decisions.back().answer());
        if (options.format == "text" && !print(text_report(decisions.back(), options.explain))) {
            return kUndecided;
        }
    }
    if (options.format == "json" && !print(api::json_report(decisions))) return kUndecided;
    return exit_code(worst);
}

}  // namespace

void add_gate(CLI::App& app, int& exit) {
    auto* command =
        app.add_subcommand("gate", "Decide by a policy whether models may be used here");
    auto options = std::make_shared<Options>();
    command->add_option("MODEL", options->models, "Folders and files, each a model")->required();
    command->add_option("--policy", options->policy, "The policy (docs/gate.md)")
        ->required()
        ->type_name("FILE");
    auto* signatures =
        command
            ->add_option("--signature", options->gate.signatures,
                         "The model's signature, several times for several; default as verify")
            ->type_name("FILE")
            ->expected(1)
            ->take_all()
            ->allow_extra_args(false);
    auto* name = command->add_option("--name", options->gate.name,
                                     "The model's name for the rules of the trust store; default "
                                     "its whole path");
    command->add_flag("--explain", options->explain, "Say of every rule what it said");
    command->add_option("--format", options->format, "text or json")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
    command->add_option("--jobs", options->gate.scan.jobs, "Workers at one time")
        ->capture_default_str();
    command
        ->add_option("--max-snapshot", options->copies.most_in_memory,
                     "Memory for copies, shared among the workers; larger ones go to disk")
        ->transform(CLI::AsSizeValue(false))
        ->default_str("4GiB");
    command->add_option("--snapshot-folder", options->copies.folder,
                        "Where on disk; by default the system's folder for temporary files");
    add_limits(*command, options->gate.scan.limits, options->gate.scan.sandbox);
    command->callback([options, signatures, name, &exit] {
        // What belongs to one model cannot be said of several.
        if (options->models.size() > 1 && (signatures->count() != 0 || name->count() != 0)) {
            throw CLI::ValidationError("--signature and --name are for one MODEL");
        }
        exit = run(*options);
    });
}

}  // namespace pratique::cli
