// Key files of every form: what is read as a key is one in every sense, and says so when it is
// read again.
#include <cstdlib>

#include "signing/keys/files.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pratique;
    const Bytes bytes = std::as_bytes(std::span(data, size));
    if (const auto key = signing::read_public_key(text(bytes))) {
        const auto again = signing::read_public_key(key->pem());
        if (!again || again->id() != key->id()) std::abort();
    }
    const auto ask = []() -> signing::Judged<signing::Secret> { return signing::Refusal{}; };
    if (const auto key = signing::read_private_key(bytes, ask)) {
        if (!key->public_key().verify(bytes, key->sign(bytes))) std::abort();
    }
    return 0;
}
