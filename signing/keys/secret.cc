#include "signing/keys/secret.h"

#include <sodium.h>

#include <cstring>

#include "signing/openssl.h"

namespace pratique::signing {

void start_sodium() {
    static const bool kReady = sodium_init() >= 0;
    must(kReady);
}

Secret::Secret(std::size_t size) : size_(size) {
    if (size == 0) return;
    start_sodium();
    // Where the limit of locked memory is reached it still is guarded, and wiped.
    data_.reset(static_cast<std::byte*>(sodium_malloc(size)));
    must(data_ != nullptr);
    std::memset(data_.get(), 0, size);
}

Secret::Secret(Bytes bytes) : Secret(bytes.size()) {
    if (!bytes.empty()) std::memcpy(data_.get(), bytes.data(), bytes.size());
}

bool operator==(const Secret& a, const Secret& b) {
    return a.size() == b.size() &&
           (a.empty() || sodium_memcmp(a.bytes().data(), b.bytes().data(), a.size()) == 0);
}

void Secret::Wipe::operator()(std::byte* data) const { sodium_free(data); }

}  // namespace pratique::signing
