#include "cli/trust_options.h"

#include <cstdio>
#include <ctime>

#include "base/limits.h"
#include "cli/command.h"
#include "signing/keys/files.h"

namespace pratique::cli {
namespace {

constexpr std::size_t kMostFile = 4 * kMiB;

}  // namespace

void add_trust(CLI::App& command, TrustFiles& files) {
    auto* group = command.add_option_group("Trust", "Who may have signed: any of these");
    auto* keys =
        repeatable(group->add_option("--key", files.keys, "Public key: PEM, minisign or OpenSSH")
                       ->type_name("FILE"));
    auto* authorities = repeatable(
        group->add_option("--authority", files.authorities, "Certificates of an authority, PEM")
            ->type_name("FILE"));
    // What would have no effect is refused: who names an identity believes that it is looked at.
    repeatable(
        group->add_option("--pin", files.pins, "With --authority: id of a key that may have signed")
            ->type_name("SHA256"))
        ->needs(authorities);
    repeatable(
        group
            ->add_option("--identity", files.identities,
                         "With --authority: subject or alternative name that may have signed")
            ->type_name("NAME"))
        ->needs(authorities);
    group
        ->add_flag("--allow-any-usage", files.any_usage,
                   "With --authority: certificates that are not for signing code, too")
        ->needs(authorities);
    auto* allowed =
        group->add_option("--allowed-signers", files.allowed_signers, "File as ssh-keygen takes it")
            ->type_name("FILE");
    auto* principal =
        group->add_option("--principal", files.principal, "With --allowed-signers: who signed")
            ->needs(allowed);
    allowed->needs(principal);
    group->add_flag("--allow-legacy-minisign", files.allow_legacy_minisign,
                    "Signatures that are not prehashed (and of signify), too");
    group
        ->add_option("--trust", files.store,
                     "Instead: a trust store, whose rules say who must have signed what")
        ->type_name("FILE")
        ->excludes(keys)
        ->excludes(authorities)
        ->excludes(allowed);
}

signing::Judged<std::vector<signing::Der>> read_chain(const std::vector<std::string>& paths) {
    std::vector<signing::Der> out;
    for (const std::string& path : paths) {
        auto read = signing::read_certificates(TRY(api::read_small_file(path, kMostFile)));
        if (!read) return signing::Refusal{read.error().reason, path, read.error().detail};
        out.insert(out.end(), read->begin(), read->end());
    }
    return out;
}

signing::Judged<signing::ChainOptions> read_authorities(const std::vector<std::string>& paths) {
    signing::ChainOptions out;
    out.now = std::time(nullptr);
    out.anchors = TRY(read_chain(paths));
    return out;
}

signing::Judged<api::Trust> read_trust(const TrustFiles& files) {
    api::Trust out;
    for (const std::string& path : files.keys) {
        const std::string text = TRY(api::read_small_file(path, kMostFile));
        if (auto minisign = signing::read_minisign_key(text)) {
            out.minisign_keys.push_back(*minisign);
        }
        auto key = signing::read_public_key(text);
        if (!key) return signing::Refusal{key.error().reason, path, key.error().detail};
        out.signers.keys.push_back(*key);
    }
    if (!files.authorities.empty()) {
        out.signers.authorities = TRY(read_authorities(files.authorities));
        out.signers.authorities->require_code_signing = !files.any_usage;
        out.signers.authorities->pins = files.pins;
        out.signers.authorities->identities = files.identities;
    }
    if (!files.allowed_signers.empty()) {
        out.allowed_signers = TRY(signing::read_allowed_signers(
            TRY(api::read_small_file(files.allowed_signers, kMostFile))));
        out.principal = files.principal;
    }
    out.allow_legacy_minisign = files.allow_legacy_minisign;
    if (!files.store.empty()) out.store = TRY(api::read_trust_store(files.store));
    return out;
}

std::string relative_to_model(const std::string& model, const std::string& path) {
    return api::inside(model, path).value_or(path);
}

int complain(const signing::Refusal& refusal) {
    std::fprintf(stderr, "pratique: %s\n", describe(refusal).c_str());
    return signing::is_open(refusal.reason) ? kUndecided : kRefused;
}

}  // namespace pratique::cli
