// pratique gate: one exit code for "signed by whom we trust, and safe".
#include "api/gate/gate.h"

#include <algorithm>
#include <cstdio>
#include <memory>

#include "api/attest/attest.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/trust_options.h"

namespace pratique::cli {
namespace {

struct Options {
    std::vector<std::string> models;
    std::string policy;
    std::string format = "text";
    bool explain = false;
    bool quiet = false;
    api::GateOptions gate;
    api::SnapshotOptions copies;
};

int run(Options& options) {
    const auto policy = api::read_policy_file(options.policy);
    if (!policy) return complain(policy.error());
    options.gate.scan.snapshot = options.copies;
    std::vector<api::Decision> decisions;
    api::Answer worst = api::Answer::passed;
    for (const std::string& model : options.models) {
        decisions.push_back(api::gate(model, *policy, api::with_attestation(model, options.gate)));
        if (Interrupt::exit_code()) return kUndecided;
        worst = std::max(worst, decisions.back().answer());
        const bool passed = decisions.back().answer() == api::Answer::passed;
        if (options.quiet && passed) continue;
        if (options.format == "text" && !print(text_report(decisions.back(), options.explain))) {
            return kUndecided;
        }
    }
    if (options.format == "json" && !print(api::json_report(decisions))) return kUndecided;
    if (options.format == "junit" && !print(api::junit_report(decisions))) return kUndecided;
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
    auto* signatures = repeatable(
        command
            ->add_option("--signature", options->gate.signatures,
                         "The model's signature, several times for several; default as verify")
            ->type_name("FILE"));
    auto* attestations = repeatable(
        command
            ->add_option("--attestation", options->gate.attestations,
                         "A verdict that somebody signed; default MODEL.attestation if it exists")
            ->type_name("FILE"));
    auto* name = command->add_option("--name", options->gate.name,
                                     "The model's name for the rules of the trust store; default "
                                     "its whole path");
    auto* explain = command->add_flag("-v,--verbose,--explain", options->explain,
                                      "Say of every rule what it said");
    add_quiet(*command, options->quiet, "anything of models that pass");
    command->get_option("--quiet")->excludes(explain);
    command->add_option("--format", options->format, "text, json or junit")
        ->check(CLI::IsMember({"text", "json", "junit"}))
        ->capture_default_str();
    command->add_option("--jobs", options->gate.scan.jobs, "Workers at one time")
        ->capture_default_str();
    auto* output = command->add_option("--output", options->gate.output,
                                       "A new folder for the files that were admitted, as they "
                                       "were looked at");
    auto* record = command->add_option("--record", options->gate.record,
                                       "A file for their digests: pratique load --admitted");
    command->add_flag("--replace", options->gate.replace, "Replace a record that is there")
        ->needs(record);
    add_copies(*command, options->copies);
    add_limits(*command, options->gate.scan.limits, options->gate.scan.sandbox);
    const std::vector<CLI::Option*> of_one{signatures, attestations, name, output, record};
    command->callback([options, of_one, &exit] {
        for (const CLI::Option* option : of_one) {
            if (options->models.size() > 1 && option->count() != 0) {
                throw CLI::ValidationError(option->get_name() + " is for one MODEL");
            }
        }
        exit = interruptibly([&](int cancel) {
            options->gate.scan.sandbox.cancel = cancel;
            return run(*options);
        });
    });
}

}  // namespace pratique::cli
