#include "cli/trust_options.h"

#include <cstdio>

#include "cli/command.h"
#include "cli/interrupt.h"

namespace pratique::cli {
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

int complain(const signing::Refusal& refusal) {
    if (!Interrupt::exit_code()) complain(describe(refusal));
    return signing::is_open(refusal.reason) ? kUndecided : kRefused;
}

}  // namespace pratique::cli
