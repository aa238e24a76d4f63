// Whom to trust, named by files: keys, certificates of authorities, a trust store.
#pragma once

#include <string>
#include <vector>

#include "api/verify.h"

namespace pratique::api {

/// Whom the caller says to trust, as files.
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

/// Reads them. Refusals: those of the readers.
signing::Judged<Trust> read_trust(const TrustFiles& files);

/// The certificates of PEM files, in their order.
signing::Judged<std::vector<signing::Der>> read_chain(const std::vector<std::string>& paths);

/// The authorities of PEM files, at the present time.
signing::Judged<signing::ChainOptions> read_authorities(const std::vector<std::string>& paths);

/// A path below the model, given as it is or as seen from the current folder.
std::string relative_to_model(const std::string& model, const std::string& path);

}  // namespace pratique::api
