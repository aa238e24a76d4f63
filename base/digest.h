// SHA-256 (FIPS 180-4), streaming, by OpenSSL: it has the hardware instructions on every
// machine, and is the digest that every report and signature of this project uses.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "base/bytes.h"

namespace pratique {

class Sha256 {
public:
    using Digest = std::array<std::byte, 32>;

    Sha256();
    ~Sha256();
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;

    void update(Bytes bytes);
    /// The digest of all updates; the object is used up.
    Digest finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Lower-case hexadecimal SHA-256 of `bytes`.
std::string sha256_hex(Bytes bytes);

}  // namespace pratique
