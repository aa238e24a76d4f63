#include "api/trust_files.h"

#include <ctime>

#include "base/limits.h"
#include "signing/keys/files.h"

namespace pratique::api {
namespace {

constexpr std::size_t kMostFile = 4 * kMiB;

}  // namespace

signing::Judged<std::vector<signing::Der>> read_chain(const std::vector<std::string>& paths) {
    std::vector<signing::Der> out;
    for (const std::string& path : paths) {
        auto read = signing::read_certificates(TRY(read_small_file(path, kMostFile)));
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

signing::Judged<Trust> read_trust(const TrustFiles& files) {
    Trust out;
    for (const std::string& path : files.keys) {
        const std::string text = TRY(read_small_file(path, kMostFile));
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
        out.allowed_signers = TRY(
            signing::read_allowed_signers(TRY(read_small_file(files.allowed_signers, kMostFile))));
        out.principal = files.principal;
    }
    out.allow_legacy_minisign = files.allow_legacy_minisign;
    if (!files.store.empty()) out.store = TRY(read_trust_store(files.store));
    return out;
}

std::string relative_to_model(const std::string& model, const std::string& path) {
    return inside(model, path).value_or(path);
}

}  // namespace pratique::api
