#include "signing/verify.h"

#include <algorithm>
#include <set>

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

std::vector<std::string> ignored_by(const Manifest& manifest, const VerifyOptions& options) {
    std::set<std::string> out(options.ignored.begin(), options.ignored.end());
    const auto& recorded = manifest.serialization.ignored;
    out.insert(recorded.begin(), recorded.end());
    if (!options.ignore_git) return {out.begin(), out.end()};
    for (const std::string& path : always_ignored()) {
        // Who signed something there wants it to be looked at.
        const auto& files = manifest.files;
        if (std::none_of(files.begin(), files.end(),
                         [&](const Measured& file) { return lies_below(file.name, path); })) {
            out.insert(path);
        }
    }
    return {out.begin(), out.end()};
}

Judged<Found> measure(const std::string& path, const Manifest& manifest,
                      const VerifyOptions& options) {
    const Serialization& how = manifest.serialization;
    ModelOptions opening;
    opening.allow_links = options.allow_links && how.allow_links;
    opening.ignored = ignored_by(manifest, options);
    const Model model = TRY(Model::open(path, opening));
    Found out;
    out.files = TRY(hash_model(model, {how.hash, how.shard_size, options.threads, options.cancel}));
    out.ignored_files = model.ignored_files();
    out.is_file = model.is_file();
    return out;
}

}  // namespace pratique::signing
