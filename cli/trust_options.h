// Options of all that signs or checks signatures.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "api/verify.h"

namespace pratique::cli {

/// An option that takes one value each time it is given, and may be given again.
inline CLI::Option* repeatable(CLI::Option* option) {
    return option->expected(1)->take_all()->allow_extra_args(false);
}

/// Whom the command line says to trust, as files.
struct TrustFiles {
    std::vector<std::string> keys;
    std::vector<std::string> authorities;
    std::vector<std::string> pins;
    std::vector<std::string> identities;
    bool any_usage = false;
    std::string allowed_signers;
    std::string principal;
    bool allow_legacy_minisign = false;
    std::string store;

    bool empty() const {
        return keys.empty() && authorities.empty() && allowed_signers.empty() && store.empty();
    }
};

void add_trust(CLI::App& command, TrustFiles& files);

/// Reads them. Refusals: those of the readers.
signing::Judged<api::Trust> read_trust(const TrustFiles& files);

/// The certificates of PEM files, in their order.
signing::Judged<std::vector<signing::Der>> read_chain(const std::vector<std::string>& paths);

/// The authorities of PEM files, at the present time.
signing::Judged<signing::ChainOptions> read_authorities(const std::vector<std::string>& paths);

/// The options of all that signs: a private key, where its password comes from, its certificates.
void add_key_options(CLI::App& command, std::string& key, std::string& password,
                     std::vector<std::string>& chain);
/// That key. Refusals: those of read_secret_file() and read_private_key().
signing::Judged<signing::PrivateKey> read_key(const std::string& path, const std::string& password);

/// A path below the model, given as it is or as seen from the current folder.
std::string relative_to_model(const std::string& model, const std::string& path);

/// Says what is wrong, on standard error. Returns the exit code.
int complain(const signing::Refusal& refusal);

}  // namespace pratique::cli
