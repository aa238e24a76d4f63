#include "signing/sign.h"

#include "signing/envelope/bundle.h"
#include "signing/verify.h"

namespace pratique::signing {
namespace {

constexpr std::string_view kPayloadType = "application/vnd.in-toto+json";

}  // namespace

Judged<std::string> sign_statement(const std::string& payload, const PrivateKey& key,
                                   const std::vector<Der>& chain) {
    if (!chain.empty() && !(TRY(leaf_key(chain.front())) == key.public_key())) {
        return Refusal{Reason::bad_certificate, "", "the first certificate is of another key"};
    }
    Bundle bundle;
    bundle.method = chain.empty() ? Method::key : Method::certificate;
    if (chain.empty()) bundle.hint = key.public_key().hint();
    bundle.chain = chain;
    bundle.payload_type = kPayloadType;
    bundle.payload = payload;
    const auto signature =
        key.sign(as_bytes(pre_authentication_encoding(kPayloadType, bundle.payload)));
    bundle.signature = std::string(text(signature));
    std::string out = write_bundle(bundle);
    // Memory may have failed, or a library: a signature that does not stand must not go out.
    const Bundle again = TRY(read_bundle(out));
    if (again.payload != payload || !is_signed_by(again, key.public_key())) {
        return Refusal{Reason::bad_signature, "", "what was just made"};
    }
    return out;
}

Judged<std::string> sign_model(const std::string& path, const PrivateKey& key,
                               const SignOptions& options) {
    ModelOptions opening;
    opening.ignored = options.ignored;
    if (options.ignore_git) {
        const auto& always = always_ignored();
        opening.ignored.insert(opening.ignored.end(), always.begin(), always.end());
    }
    const Model model = TRY(Model::open(path, opening));
    auto files =
        TRY(hash_model(model, {options.hash, options.shard_size, options.threads, options.cancel}));
    if (files.empty()) return Refusal{Reason::missing_file, path, "there is nothing to sign"};
    if (model.is_file() && !options.spec_names) files.front().name = ".";
    const Serialization how{options.hash, options.shard_size, false, opening.ignored};
    const std::string payload = write_manifest(model.basename(), how, files);
    std::string bundle = TRY(sign_statement(payload, key, options.chain));
    const Manifest manifest = TRY(read_manifest(TRY(read_statement(payload))));
    const Comparison same = compare(manifest, files, {false, model.is_file()});
    if (!same.refusals.empty()) return same.refusals.front();
    return bundle;
}

}  // namespace pratique::signing
