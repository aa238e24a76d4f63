// pratique verify: is this what somebody whom we trust has signed?
//
// Beside its own options it has those of the reference implementation of OMS, as the subcommands
// `key` and `certificate`, with its words and its exit codes (0, 1 for any failure, 2 for usage).
// With an attestation it is a gate whose policy says no more than the options.
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>

#include "api/gate/gate.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/trust_options.h"
#include "signing/keys/files.h"

namespace pratique::cli {
namespace {

constexpr std::int64_t kDay = 86'400;
constexpr std::int64_t kOldest = 36'500 * kDay;  // as in a policy

struct Options {
    api::VerifyRequest request;
    TrustFiles trust;
    std::string format = "text";
    bool quiet = false;
    std::string attestation;
    std::int64_t max_age = 30 * kDay;
    std::string min_rules = "0";
};

/// Seconds of "30", "30d", "12h", "90s": days, unless it says otherwise. Nothing if it is no age.
std::optional<std::int64_t> age(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.begin(), text.end(), number);
    const std::string_view unit(end, static_cast<std::size_t>(text.end() - end));
    std::int64_t seconds = 0;
    if (unit.empty() || unit == "d") seconds = kDay;
    if (unit == "h") seconds = 3'600;
    if (unit == "s") seconds = 1;
    const bool good = error == std::errc{} && seconds != 0 && number > 0;
    if (!good || number > kOldest / seconds) return std::nullopt;
    return number * seconds;
}

/// Its files must be those of the verdict, and its signature must stand if there is one.
int run_attested(const Options& options, const api::Trust& trust) {
    api::Policy policy;
    policy.trust = trust.store;
    policy.signature_required = !options.request.signatures.empty();
    policy.attestation = {.instead_of_scan = true,
                          .required = true,
                          .max_age = options.max_age,
                          .min_version = options.min_rules,
                          .rules_digests = {}};
    api::GateOptions how;
    how.signatures = options.request.signatures;
    how.attestations = {options.attestation};
    how.name = options.request.name;
    how.in_place = true;
    how.scan.sandbox.cancel = options.request.options.cancel;
    const api::Decision done = api::gate(options.request.model, policy, how);
    const bool json = options.format == "json";
    const int code = cli::exit_code(done.answer());
    if (options.quiet && !json && code == kClean) return code;
    if (!print(json ? api::json_report(std::vector{done}) : text_report(done, true)))
        return kUndecided;
    return code;
}

int run(Options& options) {
    if (options.request.model.empty()) {
        complain("MODEL is required");
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
    if (!options.attestation.empty()) return run_attested(options, *trust);
    for (std::string& path : options.request.options.ignored) {
        path = relative_to_model(options.request.model, path);
    }
    const api::Verification done = api::verify(options.request, *trust);
    const bool json = options.format == "json";
    const int code = exit_code(done.standing());
    if (options.quiet && !json && code == kClean) return code;
    return print(json ? json_report(done) : text_report(done)) ? code : int{kUndecided};
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
    say("Verification failed with error: " + why + "\n");
    return kFailed;
}

int run_drop_in(const DropIn& options, int cancel) {
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
    request.options.cancel = cancel;
    for (const std::string& path : options.ignored) {
        // As the reference: as seen from the current folder, and without effect outside the model.
        if (auto own = api::inside(options.model, path)) request.options.ignored.push_back(*own);
    }
    const api::Verification done = api::verify(request, trust);
    if (Interrupt::exit_code()) return kFailed;
    if (done.standing() != api::Standing::verified) return failed("\n" + text_report(done));
    for (const std::string& name : done.uncovered) {
        say("Not covered by the signature: " + escape(name) + "\n");
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
    command->callback([options, &exit] {
        exit = interruptibly([&](int cancel) { return run_drop_in(*options, cancel); });
    });
}

}  // namespace

bool is_drop_in(const CLI::App& app) {
    const auto parsed = app.get_subcommands();
    return !parsed.empty() && parsed.front()->get_name() == "verify" &&
           !parsed.front()->get_subcommands().empty();
}

namespace {

/// `others`: what has no effect on a verdict, which is about all files of the model.
void add_attestation(CLI::App& command, Options& options, const std::vector<std::string>& others) {
    auto* group = command.add_option_group(
        "Attestation", "A verdict that somebody signed, by keys that the trust store lets attest");
    auto* attestation =
        group
            ->add_option("--attestation", options.attestation,
                         "The verdict (pratique attest): it must be clean, and about all files of "
                         "the model; a signature that is there must stand as well")
            ->type_name("FILE")
            ->needs(command.get_option("--trust"));
    for (const std::string& other : others) attestation->excludes(command.get_option(other));
    group
        ->add_option_function<std::string>(
            "--max-age", [&](const std::string& text) { options.max_age = age(text).value(); },
            "It is not older than so many days, or hours (12h)")
        ->needs(attestation)
        ->type_name("DAYS")
        ->default_str("30")
        ->check(CLI::Validator(
            [](std::string& text) { return age(text) ? "" : "not an age, as 30, 30d or 12h"; },
            ""));
    group
        ->add_option("--min-rules", options.min_rules,
                     "It is by the rules of this version of Pratique, or of a later one")
        ->needs(attestation)
        ->type_name("VERSION")
        ->check(CLI::Validator(
            [](std::string& text) {
                return api::is_at_least(text, text) ? "" : "not a version, as 0.2.0";
            },
            ""));
}

}  // namespace

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
    add_attestation(
        *command, *options,
        {"--ignore", "--no-ignore-git-paths", "--ignore-unsigned-files", "--allow-symlinks"});
    command->add_option("--format", options->format, "text or json")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
    add_quiet(*command, options->quiet, "anything if the model is what was signed");
    add_drop_in(*command, "key", exit);
    add_drop_in(*command, "certificate", exit);
    command->callback([command, options, &exit] {
        if (!command->get_subcommands().empty()) return;
        exit = interruptibly([&](int cancel) {
            options->request.options.cancel = cancel;
            return run(*options);
        });
    });
}

}  // namespace pratique::cli
