// Whatever is read as a signature has a comment that can be printed, and nobody has signed it.
#include <cstdlib>

#include "signing/detached/minisign.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pratique;
    const std::string_view characters = text(std::as_bytes(std::span(data, size)));
    const auto key = signing::read_minisign_key(characters);
    if (key && key->key.type() != signing::KeyType::ed25519) std::abort();
    const auto signature = signing::read_minisign(characters);
    if (!signature) return 0;
    if (!signing::is_minisign(characters)) std::abort();
    if (signature->prehashed && !signature->has_trusted_comment) std::abort();
    if (signature->trusted_comment.find('\n') != std::string::npos) std::abort();
    return 0;
}
