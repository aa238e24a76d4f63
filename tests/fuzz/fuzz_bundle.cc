// What is read of a bundle, or of a statement, is written as something that says the same.
#include <cstdlib>

#include "signing/envelope/bundle.h"
#include "signing/manifest/manifest.h"

using namespace pratique::signing;

static Judged<Manifest> manifest_of(const std::string& payload) {
    const Statement statement = TRY(read_statement(payload));
    return read_manifest(statement);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view characters = pratique::text(std::as_bytes(std::span(data, size)));
    const auto bundle = read_bundle(characters);
    if (bundle && bundle->method != Method::sigstore) {
        const auto same = read_bundle(write_bundle(*bundle));
        if (!same || same->payload != bundle->payload || same->chain != bundle->chain) std::abort();
    }
    const auto read = manifest_of(bundle ? bundle->payload : std::string(characters));
    if (!read) return 0;
    const auto payload = write_manifest(read->model_name, read->serialization, read->files);
    const auto again = manifest_of(payload);
    if (!again || !compare(*again, read->files).refusals.empty()) std::abort();
    return 0;
}
