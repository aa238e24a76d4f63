#include "signing/mac.h"

#include <sodium.h>

#include "base/wire.h"

namespace pratique::signing {
namespace {

/// libsodium's view of bytes.
const unsigned char* raw(Bytes bytes) {
    return static_cast<const unsigned char*>(static_cast<const void*>(bytes.data()));
}

}  // namespace

Tag tag_of(const Secret& key, Bytes name, Bytes content) {
    crypto_auth_hmacsha256_state state{};
    const auto update = [&](Bytes bytes) {
        crypto_auth_hmacsha256_update(&state, raw(bytes), bytes.size());
    };
    crypto_auth_hmacsha256_init(&state, raw(key.bytes()), key.size());
    update(WireWriter().u64(name.size()).view());
    update(name);
    update(content);
    Tag out{};
    static_assert(out.size() == crypto_auth_hmacsha256_BYTES);
    crypto_auth_hmacsha256_final(&state,
                                 static_cast<unsigned char*>(static_cast<void*>(out.data())));
    sodium_memzero(&state, sizeof state);
    return out;
}

bool equal(const Tag& a, Bytes b) {
    return b.size() == a.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

Secret random_key() {
    Secret out(32);
    randombytes_buf(out.writable().data(), out.size());
    return out;
}

}  // namespace pratique::signing
