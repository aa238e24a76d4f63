// pratique attest: scan a model, and sign what was found.
#include "api/attest/attest.h"

#include <cstdio>
#include <memory>

#include "base/limits.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/trust_options.h"

namespace pratique::cli {
namespace {

struct Options {
    api::AttestRequest request;
    std::string key;
    std::string password;
    std::string policy;
    std::vector<std::string> chain;
    api::SnapshotOptions copies;
    bool quiet = false;
};

signing::Judged<int> run_checked(Options& options, const signing::PrivateKey& key, int cancel) {
    api::AttestRequest& request = options.request;
    request.scan.sandbox.cancel = cancel;
    if (!options.policy.empty()) request.policy = TRY(api::read_policy_file(options.policy));
    request.chain = TRY(read_chain(options.chain));
    request.scan.snapshot = options.copies;
    if (request.output.empty()) request.output = api::default_attestation(request.model);
    const api::Attestation done = TRY(api::attest(request, key));
    if (options.quiet) return exit_code(done);
    say("Attested " + escape(request.model) + " (" + std::to_string(done.files.size()) +
        " files: " + std::string(name(verdict(done))) + ") by key " + key.public_key().id() + ": " +
        escape(request.output) + "\n");
    return exit_code(done);
}

int run(Options& options) {
    // Who is asked for a password may give up there.
    const auto key = read_key(options.key, options.password);
    if (!key) return complain(key.error());
    return interruptibly([&](int cancel) {
        const auto done = run_checked(options, *key, cancel);
        return done ? *done : complain(done.error());
    });
}

}  // namespace

void add_attest(CLI::App& app, int& exit) {
    auto* command = app.add_subcommand(
        "attest", "Scan a model and sign the verdict, for gates that then need not scan it");
    auto options = std::make_shared<Options>();
    auto& request = options->request;
    command->add_option("MODEL", request.model, "A folder or a file")->required();
    add_key_options(*command, options->key, options->password, options->chain);
    command
        ->add_option("--output", request.output,
                     "Where it goes; default MODEL.attestation, beside it")
        ->type_name("FILE");
    command->add_flag("--replace", request.replace, "Replace an attestation that is there");
    auto* policy = command
                       ->add_option("--policy", options->policy,
                                    "Attest what this policy decides (a SLSA verification "
                                    "summary) instead of what was found (in-toto test result)")
                       ->type_name("FILE");
    command->add_option("--name", request.name, "With --policy: the model's name")->needs(policy);
    command->add_option("--jobs", request.scan.jobs, "Workers at one time")->capture_default_str();
    add_quiet(*command, options->quiet, "what was attested");
    add_copies(*command, options->copies);
    add_limits(*command, request.scan.limits, request.scan.sandbox);
    command->callback([options, &exit] { exit = run(*options); });
}

}  // namespace pratique::cli
