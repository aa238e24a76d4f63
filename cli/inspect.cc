// pratique inspect: what a model file holds, and what it needs to be used.
#include "api/inspect.h"

#include <memory>

#include "cli/command.h"
#include "cli/interrupt.h"

namespace pratique::cli {
namespace {

struct Options {
    std::string path;
    bool json = false;
    api::LoadOptions load;
    api::InspectOptions inspect;
};

int run(const Options& options) {
    const auto loaded = api::load(options.path, options.load);
    if (const auto* failure = std::get_if<api::LoadFailure>(&loaded)) return complain(*failure);
    const auto& model = std::get<api::LoadedModel>(loaded);
    const auto report = options.json ? api::inspect_json(model, options.path, options.inspect)
                                     : api::inspect_text(model, options.path, options.inspect);
    if (!report && Interrupt::exit_code()) return kUndecided;
    if (!report) {
        std::fprintf(stderr, "pratique: a tensor cannot be read: %s\n",
                     std::string(meaning(report.error().code)).c_str());
        return kUndecided;
    }
    if (!options.json) print_warnings(model);
    return print(*report) ? kClean : kUndecided;
}

}  // namespace

void add_inspect(CLI::App& app, int& exit) {
    auto* command = app.add_subcommand("inspect", "List a model's tensors, and who wrote it");
    auto options = std::make_shared<Options>();
    command->add_option("FILE", options->path, "A model file of any format")->required();
    command
        ->add_option_function<std::string>(
            "--format", [options](const std::string& format) { options->json = format == "json"; },
            "text or json")
        ->check(CLI::IsMember({"text", "json"}))
        ->default_str("text");
    command->add_flag("--digest", options->inspect.digest,
                      "SHA-256 of the file and of each tensor's elements");
    command->add_flag("--structure", options->inspect.structure,
                      "Show what is no tensor, too: the file's values as inert data");
    add_load_options(*command, options->load);
    command->callback([options, &exit] {
        // To look at a file is not to use it: nothing is refused for what it would do.
        options->load.allow_malicious = true;
        options->load.snapshot.digest = options->inspect.digest;
        exit = interruptibly([&](int cancel) {
            options->load.sandbox.cancel = options->inspect.cancel = cancel;
            return run(*options);
        });
    });
}

}  // namespace pratique::cli
