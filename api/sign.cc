#include "api/sign.h"

#include "api/verify.h"
#include "api/write/file.h"

namespace pratique::api {

using signing::Judged;
using signing::Reason;
using signing::Refusal;

Judged<void> write_whole(const std::string& path, const std::string& text, bool replace) {
    auto created = TargetFile::create(path, replace);
    if (auto* failure = std::get_if<std::string>(&created)) {
        return Refusal{Reason::unreadable, path, *failure};
    }
    TargetFile& file = *std::get<std::unique_ptr<TargetFile>>(created);
    if (!file.write(as_bytes(text)) || !file.commit()) {
        return Refusal{Reason::unreadable, path, file.failure()};
    }
    return {};
}

Judged<void> sign(const SignRequest& request, const signing::PrivateKey& key) {
    signing::SignOptions options = request.options;
    if (auto own = inside(request.model, request.signature)) options.ignored.push_back(*own);
    const std::string bundle = TRY(signing::sign_model(request.model, key, options));
    TRY(write_whole(request.signature, bundle, request.replace));
    const std::string again = TRY(read_small_file(request.signature, signing::kMostBundle));
    if (again != bundle) return Refusal{Reason::bad_signature, request.signature, "read back"};
    return {};
}

}  // namespace pratique::api
