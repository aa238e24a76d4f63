// A signature that is read has all its bytes in its parts; a key that is read is one in any form.
#include <cstdlib>

#include "signing/detached/sshsig.h"
#include "signing/keys/ssh_wire.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pratique;
    const std::string_view characters = text(std::as_bytes(std::span(data, size)));
    if (const auto key = signing::read_ssh_public_key(characters)) {
        const auto again = signing::PublicKey::from_spki(key->spki());
        if (!again || !(*again == *key)) std::abort();
    }
    const auto read = signing::read_ssh_signature(characters);
    if (!read) return 0;
    const std::size_t parts = read->public_key.size() + read->name_space.size() +
                              read->hash_algorithm.size() + read->signature.size();
    if (parts > size || read->name_space.empty()) std::abort();
    if (signing::verify_ssh(*read, {}, -1, {"a", read->name_space})) std::abort();
    return 0;
}
