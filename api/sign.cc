#include "api/sign.h"

#include <filesystem>
#include <system_error>

#include "api/verify.h"
#include "api/write/file.h"
#include "base/cancel.h"

namespace pratique::api {

using signing::Judged;
using signing::Reason;
using signing::Refusal;

namespace {

/// A slip of the hand must not put a signature in the place of the model, or of a key.
Judged<void> look_at_replaced(const std::string& path) {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) return {};
    const auto old = read_small_file(path, signing::kMostBundle);
    if (old && signing::read_bundle(*old)) return {};
    return Refusal{Reason::unreadable, path, "it is no signature, and so not replaced"};
}

}  // namespace

Judged<void> write_whole(const std::string& path, const std::string& text, bool replace,
                         int cancel) {
    auto created = TargetFile::create(path, replace);
    if (auto* failure = std::get_if<std::string>(&created)) {
        return Refusal{Reason::unreadable, path, *failure};
    }
    TargetFile& file = *std::get<std::unique_ptr<TargetFile>>(created);
    file.heed(cancel);
    if (!file.write(as_bytes(text)) || !file.commit()) {
        if (is_cancelled(cancel)) return Refusal{Reason::interrupted, path};
        return Refusal{Reason::unreadable, path, file.failure()};
    }
    return {};
}

Judged<void> write_signature(const std::string& path, const std::string& bundle, bool replace,
                             int cancel) {
    if (replace) TRY(look_at_replaced(path));
    return write_whole(path, bundle, replace, cancel);
}

Judged<void> sign(const SignRequest& request, const signing::PrivateKey& key) {
    signing::SignOptions options = request.options;
    if (auto own = inside(request.model, request.signature)) options.ignored.push_back(*own);
    const std::string bundle = TRY(signing::sign_model(request.model, key, options));
    TRY(write_signature(request.signature, bundle, request.replace, options.cancel));
    const std::string again = TRY(read_small_file(request.signature, signing::kMostBundle));
    if (again != bundle) return Refusal{Reason::bad_signature, request.signature, "read back"};
    return {};
}

}  // namespace pratique::api
