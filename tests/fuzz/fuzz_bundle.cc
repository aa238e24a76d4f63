// A bundle that is read is written as one that says the same, and so is a list of files.
#include <cstdlib>

#include "signing/envelope/bundle.h"
#include "signing/manifest/manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pratique;
    using namespace pratique::signing;
    const std::string_view characters = text(std::as_bytes(std::span(data, size)));
    const auto bundle = read_bundle(characters);
    if (bundle && bundle->method != Method::sigstore) {
        const auto same = read_bundle(write_bundle(*bundle));
        if (!same || same->payload != bundle->payload || same->chain != bundle->chain ||
            same->signature != bundle->signature) {
            std::abort();
        }
    }
    const auto statement = read_statement(bundle ? bundle->payload : characters);
    if (!statement) return 0;
    const auto read = read_manifest(*statement);
    if (!read) return 0;
    const auto payload = write_manifest(read->model_name, read->serialization, read->files);
    const auto again = read_statement(payload);
    if (!again) std::abort();
    const auto back = read_manifest(*again);
    if (!back || !compare(*back, read->files).refusals.empty()) std::abort();
    if (write_manifest(back->model_name, back->serialization, back->files) != payload) std::abort();
    return 0;
}
