// pratique verify: is this what somebody whom we trust has signed?
//
// Beside its own options it has those of the reference implementation of OMS, as the subcommands
// `key` and `certificate`, with its words and its exit codes (0, 1 for any failure, 2 for usage).
#include <cstdio>
#include <memory>

#include "base/text.h"
#include "cli/command.h"
#include "cli/trust_options.h"
#include "signing/keys/files.h"

namespace pratique::cli {
namespace {

struct Options {
    api::VerifyRequest request;
    TrustFiles trust;
    std::string format = "text";
};

int exit_code(api::Standing standing) {
    switch (standing) {
        case api::Standing::verified: return kClean;
        case api::Standing::refused: return kRefused;
        case api::Standing::undecided: break;
    }
    return kUndecided;
}

int run(Options& options) {
    if (options.request.model.empty()) {
        std::fputs("pratique: MODEL is required\n", stderr);
        return kUsage;
    }
    if (options.trust.empty()) {
        std::fputs(
            "pratique: say whom to trust: --key, --authority, --allowed-signers or "
            "--trust\n",
            stderr);
        return kUsage;
    }
    const auto trust = read_trust(options.trust);
    if (!trust) return complain(trust.error());
    for (std::string& path : options.request.options.ignored) {
        path = relative_to_model(options.request.model, path);
    }
    const api::Verification done = api::verify(options.request, *trust);
    const bool json = options.format == "json";
    if (!print(json ? json_report(done) : text_report(done))) return kUndecided;
    return exit_code(done.standing());
}

// --- As the reference spells it -----------------------------------------------------------------

enum ReferenceExit : int { kVerified = 0, kFailed = 1 };  // and kDropInUsage

struct DropIn {
    std::string model;
    std::string signature;
    std::string public_key;
    std::vector<std::string> chain;
    std::vector<std::string> ignored;
    bool git = true;  // leave out .git and its like
    bool ignore_unsigned = false;
    bool allow_links = false;
    bool log_fingerprints = false;  // the reference's own help in looking for errors
};

int failed(const std::string& why) {
    std::fprintf(stderr, "Verification failed with error: %s\n", why.c_str());
    return kFailed;
}

int run_drop_in(const DropIn& options) {
    api::Trust trust;
    if (!options.public_key.empty()) {
        const auto text = api::read_small_file(options.public_key, 1 << 20);
        if (!text) return failed(describe(text.error()));
        const auto key = signing::read_public_key(*text);
        if (!key) return failed(describe(key.error()));
        trust.signers.keys.push_back(*key);
    } else {
        // The reference would trust whoever may run a web server.
        if (options.chain.empty()) return failed("no --certificate_chain, so nobody is trusted");
        const auto authorities = read_authorities(options.chain);
        if (!authorities) return failed(describe(authorities.error()));
        trust.signers.authorities = *authorities;
    }
    api::VerifyRequest request;
    request.model = options.model;
    request.signatures = {options.signature};
    request.ignore_uncovered = options.ignore_unsigned;
    request.options.allow_links = options.allow_links;
    request.options.ignore_git = options.git;
    for (const std::string& path : options.ignored) {
        // As the reference: as seen from the current folder, and without effect outside the model.
        if (auto own = api::inside(options.model, path)) request.options.ignored.push_back(*own);
    }
    const api::Verification done = api::verify(request, trust);
    if (done.standing() != api::Standing::verified) return failed("\n" + text_report(done));
    for (const std::string& name : done.uncovered) {
        std::fprintf(stderr, "Not covered by the signature: %s\n", escape(name).c_str());
    }
    return print("Verification succeeded\n") ? kVerified : kFailed;
}

void add_drop_in(CLI::App& app, const std::string& method, int& exit) {
    auto* command = app.add_subcommand(
        method, "As `model_signing verify " + method + "`: its options, words and exit codes");
    auto options = std::make_shared<DropIn>();
    command->add_option("MODEL_PATH", options->model)->required();
    command->add_option("--signature", options->signature)->required()->type_name("FILE");
    if (method == "key") {
        command->add_option("--public-key,--public_key", options->public_key)
            ->required()
            ->type_name("PEM");
    } else {
        repeatable(command->add_option("--certificate-chain,--certificate_chain", options->chain)
                       ->type_name("PEM"));
        command->add_flag("--log_fingerprints,--log-fingerprints", options->log_fingerprints,
                          "Accepted, without effect");
    }
    repeatable(
        command->add_option("--ignore-paths,--ignore_paths", options->ignored)->type_name("PATH"));
    command->add_flag(
        "--ignore-git-paths,--ignore_git_paths,!--no-ignore-git-paths,!--no-ignore_git_paths",
        options->git);
    command->add_flag(
        "--ignore-unsigned-files,--ignore_unsigned_files,"
        "!--no-ignore-unsigned-files,!--no-ignore_unsigned_files",
        options->ignore_unsigned);
    command->add_flag("--allow-symlinks,--allow_symlinks", options->allow_links);
    command->callback([options, &exit] { exit = run_drop_in(*options); });
}

}  // namespace

bool is_drop_in(const CLI::App& app) {
    const auto parsed = app.get_subcommands();
    return !parsed.empty() && parsed.front()->get_name() == "verify" &&
           !parsed.front()->get_subcommands().empty();
}

void add_verify(CLI::App& app, int& exit) {
    auto* command = app.add_subcommand("verify", "Check who signed a model, and all of its files");
    auto options = std::make_shared<Options>();
    command->add_option("MODEL", options->request.model, "A folder or a file");
    command
        ->add_option("--signature", options->request.signatures,
                     "Its signature, several times for several; default MODEL/model.sig, or "
                     "FILE.sig, FILE.minisig, FILE.sshsig")
        ->type_name("FILE")
        ->expected(1)
        ->take_all()
        ->allow_extra_args(false);
    add_trust(*command, options->trust);
    repeatable(command
                   ->add_option("--ignore", options->request.options.ignored,
                                "Leave out this path of the model")
                   ->type_name("PATH"));
    command->add_flag("!--no-ignore-git-paths", options->request.options.ignore_git,
                      "Look at .git, .gitattributes, .github and .gitignore as well");
    command->add_flag("--ignore-unsigned-files", options->request.ignore_uncovered,
                      "Report files that are not signed, and accept them");
    command->add_flag("--allow-symlinks", options->request.options.allow_links,
                      "Follow links to files inside the model, if they were signed so");
    command
        ->add_option("--name", options->request.name,
                     "With --trust: the model's name for its rules; default its whole path")
        ->needs(command->get_option("--trust"));
    command->add_option("--format", options->format, "text or json")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
    add_drop_in(*command, "key", exit);
    add_drop_in(*command, "certificate", exit);
    command->callback([command, options, &exit] {
        if (command->get_subcommands().empty()) exit = run(*options);
    });
}

}  // namespace pratique::cli
