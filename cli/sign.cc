// pratique sign: vouch for a model with a key.
#include "api/sign.h"

#include <cstdio>
#include <memory>

#include "base/limits.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/trust_options.h"
#include "signing/keys/password.h"

namespace pratique::cli {
namespace {

struct Options {
    api::SignRequest request;
    std::string key;
    std::string password;
    std::vector<std::string> chain;
    std::string method = "files";
    bool quiet = false;
    std::uint64_t shard_size = 1'000'000'000;
};

signing::Judged<void> run_checked(Options& options, const signing::PrivateKey& key, int cancel) {
    api::SignRequest& request = options.request;
    request.options.cancel = cancel;
    request.options.chain = TRY(read_chain(options.chain));
    if (options.method == "shards") request.options.shard_size = options.shard_size;
    for (std::string& path : request.options.ignored) {
        path = relative_to_model(request.model, path);
    }
    if (request.signature.empty()) request.signature = api::default_signature(request.model);
    TRY(api::sign(request, key));
    if (options.method == "shards") {
        complain("note: the reference implementation cannot verify shards");
    }
    if (options.quiet) return {};
    say("Signed " + escape(request.model) + " by key " + key.public_key().id() + ": " +
        escape(request.signature) + "\n");
    return {};
}

int run(Options& options) {
    // Who is asked for a password may give up there.
    const auto key = read_key(options.key, options.password);
    if (!key) return complain(key.error());
    return interruptibly([&](int cancel) {
        const auto done = run_checked(options, *key, cancel);
        return done ? static_cast<int>(kClean) : complain(done.error());
    });
}

}  // namespace

signing::Judged<signing::PrivateKey> read_key(const std::string& path,
                                              const std::string& password) {
    const signing::Secret text = TRY(signing::read_secret_file(path));
    auto key = signing::read_private_key(text.bytes(),
                                         [&] { return signing::ask_password(password, false); });
    if (!key) return signing::Refusal{key.error().reason, path, key.error().detail};
    return key;
}

void add_key_options(CLI::App& command, std::string& key, std::string& password,
                     std::vector<std::string>& chain) {
    command.add_option("--key", key, "Private key")->required()->type_name("FILE");
    command
        .add_option("--password", password,
                    "Where its password comes from: fd:N, file:PATH, env:NAME; by default it is "
                    "asked for")
        ->type_name("SOURCE")
        ->check(CLI::Validator(
            [](std::string& source) {
                return signing::is_password_source(source) ? ""
                                                           : "not one of fd:N, file:PATH, env:NAME";
            },
            ""));
    repeatable(command
                   .add_option("--certificate-chain", chain,
                               "Certificates of the key, its own first, without the root (PEM)")
                   ->type_name("FILE"));
}

void add_sign(CLI::App& app, int& exit) {
    auto* command = app.add_subcommand("sign", "Sign a model: a folder or a file");
    auto options = std::make_shared<Options>();
    auto& request = options->request;
    command->add_option("MODEL", request.model, "A folder or a file")->required();
    add_key_options(*command, options->key, options->password, options->chain);
    command
        ->add_option("--signature", request.signature,
                     "Where it goes; default MODEL/model.sig, or FILE.sig")
        ->type_name("FILE");
    command->add_flag("--replace", request.replace, "Replace a signature that is there");
    repeatable(
        command->add_option("--ignore", request.options.ignored, "Leave out this path of the model")
            ->type_name("PATH"));
    command->add_flag("!--no-ignore-git-paths", request.options.ignore_git,
                      "Sign .git, .gitattributes, .github and .gitignore as well");
    command->add_option("--method", options->method, "files, or shards: large files in parallel")
        ->check(CLI::IsMember({"files", "shards"}))
        ->capture_default_str();
    command->add_option("--shard-size", options->shard_size, "Bytes of a shard")
        ->transform(CLI::AsSizeValue(false))
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    command->add_flag("--oms-spec-names", request.options.spec_names,
                      "A single file by its name, as OMS 1.0 says; the reference implementation "
                      "wants \".\"");
    add_quiet(*command, options->quiet, "what was signed");
    command->callback([options, &exit] { exit = run(*options); });
}

}  // namespace pratique::cli
