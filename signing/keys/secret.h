// Memory for what must not leak: private keys and passwords. It is kept out of swap and core dumps
// where the system allows it, lies between guard pages, and is overwritten before it is given back.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "base/bytes.h"

namespace pratique::signing {

class Secret {
public:
    Secret() = default;
    /// `size` zero bytes. Throws std::bad_alloc.
    explicit Secret(std::size_t size);
    /// A copy; wiping the original is the caller's.
    explicit Secret(Bytes bytes);
    Secret(Secret&&) noexcept = default;
    Secret& operator=(Secret&&) noexcept = default;

    Bytes bytes() const { return {data_.get(), size_}; }
    std::span<std::byte> writable() { return {data_.get(), size_}; }
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    /// The first `size` bytes; the rest is wiped.
    Secret first(std::size_t size) const { return Secret(slice(bytes(), 0, size)); }

private:
    struct Wipe {
        void operator()(std::byte* data) const;
    };
    std::unique_ptr<std::byte, Wipe> data_;
    std::size_t size_ = 0;
};

}  // namespace pratique::signing
