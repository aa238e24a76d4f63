// pratique convert and pratique load: the tensors of a file, and nothing else, into another file.
#include <memory>
#include <optional>

#include "api/attest/attest.h"
#include "api/gate/gate.h"
#include "api/write/export.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/trust_options.h"

namespace pratique::cli {
namespace {

struct Options {
    std::string in;
    std::string out;       ///< empty: only load
    std::string policy;    ///< a file; empty: none
    std::string model;     ///< what it is asked about; empty: `in`
    std::string admitted;  ///< a record; empty: none
    bool quiet = false;
    api::LoadOptions load;
    api::ExportOptions write;
};

constexpr const char* kTargets = "a file's name must end in .safetensors, .npz or .gguf";

std::string count(std::size_t tensors) {
    return std::to_string(tensors) + (tensors == 1 ? " tensor" : " tensors");
}

int print_summary(const api::LoadedModel& model, const std::string& what) {
    const std::string line = what + ", isolation " + std::string(name(model.isolation().tier())) +
                             ", binding " + std::string(name(model.binding())) + "\n";
    return print_text(line) ? kClean : kUndecided;
}

int write(const api::LoadedModel& model, const Options& options) {
    const api::Exported done = api::export_model(model, options.out, options.write);
    if (!done.failure.empty() && Interrupt::exit_code()) return kUndecided;
    for (const std::string& note : done.notes) complain("note: " + note);
    if (!done.failure.empty()) {
        complain(done.failure);
        return kUndecided;
    }
    if (options.quiet) return kClean;
    return print_summary(model, escape(options.out) + ": " + count(done.tensors) + ", " +
                                    std::to_string(done.bytes) + " bytes");
}

/// What a policy or a record of a gate lets through goes to the options of the load. The exit code
/// if it does not.
std::optional<int> ask_gate(Options& options) {
    if (!options.admitted.empty()) {
        const auto text = api::read_small_file(options.admitted, api::kMostRecord);
        const auto files = text ? api::read_record(*text) : text.error();
        if (!files) return complain(files.error());
        options.load.admitted = api::admitted_set(*files);
    }
    if (options.policy.empty()) return std::nullopt;
    const auto policy = api::read_policy_file(options.policy);
    if (!policy) return complain(policy.error());
    api::GateOptions how;
    how.scan.limits = options.load.limits;
    how.scan.sandbox = options.load.sandbox;
    how.scan.snapshot = options.load.snapshot;
    const std::string& model = options.model.empty() ? options.in : options.model;
    const api::Decision decision = api::gate(model, *policy, api::with_attestation(model, how));
    if (Interrupt::exit_code()) return kUndecided;
    if (decision.answer() > api::Answer::passed) {
        say(text_report(decision, false));
    }
    if (decision.answer() > api::Answer::warned) return exit_code(decision.answer());
    options.load.admitted = api::admitted_set(decision.admitted);
    return std::nullopt;
}

int run(Options& options) {
    if (const auto refused = ask_gate(options)) return *refused;
    const auto loaded = api::load(options.in, options.load);
    if (const auto* failure = std::get_if<api::LoadFailure>(&loaded)) return complain(*failure);
    const auto& model = std::get<api::LoadedModel>(loaded);
    if (!options.quiet) print_warnings(model);
    if (!options.out.empty()) return write(model, options);
    if (options.quiet) return kClean;
    return print_summary(model, escape(options.in) + ": " + count(model.content().tensors.size()));
}

void add_write_options(CLI::App& command, Options& options) {
    command.add_flag("--force", options.write.replace, "Replace OUT if it exists");
    const std::map<std::string, api::Shared> shared = {{"keep", api::Shared::keep},
                                                       {"drop", api::Shared::drop}};
    command
        .add_option("--shared", options.write.plan.shared,
                    "Tensors that are one piece of memory under several names: keep writes each, "
                    "drop writes one and names the others in the metadata")
        ->transform(one_of(shared))
        ->default_str("keep");
    command.add_flag("--raw-bits", options.write.raw_bits,
                     "Write types that the format lacks as unsigned integers of the same bits");
    auto* policy = command.add_option("--policy", options.policy,
                                      "Load only what this policy lets through (docs/gate.md)");
    command
        .add_option("--model", options.model,
                    "With --policy: the model that the file belongs to, a folder")
        ->needs(policy);
    command
        .add_option("--admitted", options.admitted,
                    "Load only what a gate let through: the file of its --record")
        ->excludes(policy);
    add_quiet(command, options.quiet, "what was loaded or written");
    add_load_options(command, options.load);
    for (const char* bound : {"--policy", "--admitted"}) {
        command.get_option(bound)->excludes("--view");
    }
}

CLI::Validator is_target() {
    return CLI::Validator([](std::string& path) { return api::target_of(path) ? "" : kTargets; },
                          "");
}

/// What runs when the options have been parsed.
std::function<void()> action(const std::shared_ptr<Options>& options, int& exit) {
    return [options, &exit] {
        if (const auto target = api::target_of(options->out)) options->write.target = *target;
        exit = interruptibly([&](int cancel) {
            options->load.sandbox.cancel = options->write.cancel = cancel;
            return run(*options);
        });
    };
}

}  // namespace

void add_convert(CLI::App& app, int& exit) {
    auto* command =
        app.add_subcommand("convert", "Write a model's tensors as safetensors, npz or GGUF");
    auto options = std::make_shared<Options>();
    command->add_option("IN", options->in, "A model file of any format")->required();
    command->add_option("OUT", options->out, "What is written, by its extension")
        ->required()
        ->check(is_target());
    add_write_options(*command, *options);
    command->callback(action(options, exit));
}

void add_load(CLI::App& app, int& exit) {
    auto* command = app.add_subcommand("load", "Load a model as a program would");
    auto options = std::make_shared<Options>();
    command->add_option("FILE", options->in, "A model file of any format")->required();
    command->add_option("--to", options->out, "Write the tensors, as convert does")
        ->check(is_target());
    add_write_options(*command, *options);
    command->callback(action(options, exit));
}

}  // namespace pratique::cli
