#include "signing/verify.h"

namespace pratique::signing {
namespace {

Judged<Signer> find_key(const Bundle& bundle, const std::vector<PublicKey>& keys) {
    // With one key its own complaint says most.
    if (keys.size() == 1) {
        TRY(check_key(bundle, keys.front()));
        return Signer{Method::key, keys.front()};
    }
    Refusal why{Reason::untrusted_key};
    for (const PublicKey& key : keys) {
        const auto checked = check_key(bundle, key);
        if (checked) return Signer{Method::key, key};
        if (checked.error().reason != Reason::wrong_key) why = checked.error();
    }
    return why;
}

}  // namespace

Judged<Signer> find_signer(const Bundle& bundle, const Trusted& trusted) {
    if (bundle.method == Method::key && !trusted.keys.empty()) {
        return find_key(bundle, trusted.keys);
    }
    if (!trusted.authorities) {
        return trusted.keys.empty() ? Refusal{Reason::untrusted_key}
                                    : check_key(bundle, trusted.keys.front()).error();
    }
    const CertifiedSigner signer = TRY(check_certificate(bundle, *trusted.authorities));
    return Signer{Method::certificate, signer.key, signer.subject};
}

Judged<SignedManifest> read_signature(std::string_view bundle, const Trusted& trusted) {
    const Bundle read = TRY(read_bundle(bundle));
    Signer signer = TRY(find_signer(read, trusted));
    const Statement statement = TRY(read_statement(read.payload));
    return SignedManifest{std::move(signer), TRY(read_manifest(statement))};
}

std::vector<std::string> ignored_by(const Manifest& manifest, const VerifyOptions& options) {
    std::vector<std::string> out = options.ignored;
    const auto& recorded = manifest.serialization.ignored;
    out.insert(out.end(), recorded.begin(), recorded.end());
    if (options.ignore_git) {
        out.insert(out.end(), always_ignored().begin(), always_ignored().end());
    }
    return out;
}

Judged<Found> measure(const std::string& path, const Manifest& manifest,
                      const VerifyOptions& options) {
    const Serialization& how = manifest.serialization;
    ModelOptions opening;
    opening.allow_links = options.allow_links && how.allow_links;
    opening.ignored = ignored_by(manifest, options);
    const Model model = TRY(Model::open(path, opening));
    Found out;
    out.files = TRY(hash_model(model, {how.hash, how.shard_size, options.threads}));
    out.ignored_files = model.ignored_files();
    out.is_file = model.is_file();
    return out;
}

}  // namespace pratique::signing
