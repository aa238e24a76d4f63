// Memory for what must not leak: private keys and passwords. It is kept out of swap and core dumps
// where the system allows it, lies between guard pages, and is overwritten before it is given back.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>

#include "base/bytes.h"

namespace pratique::signing {

class Secret {
public:
    Secret() = default;
    /// `size` zero bytes. Throws std::bad_alloc.
    explicit Secret(std::size_t size);
    /// A copy; wiping the original is the caller's.
    explicit Secret(Bytes bytes);
    Secret(Secret&& other) noexcept
        : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0)) {}
    Secret& operator=(Secret&& other) noexcept {
        data_ = std::move(other.data_);
        size_ = std::exchange(other.size_, 0);
        return *this;
    }
    ~Secret() = default;

    Bytes bytes() const { return {data_.get(), size_}; }
    std::span<std::byte> writable() { return {data_.get(), size_}; }
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    /// A copy of the first `size` bytes.
    Secret first(std::size_t size) const { return Secret(slice(bytes(), 0, size)); }

    /// True if both hold the same bytes; takes as long whether they do or not.
    friend bool operator==(const Secret& a, const Secret& b);

private:
    struct Wipe {
        void operator()(std::byte* data) const;
    };
    std::unique_ptr<std::byte, Wipe> data_;
    std::size_t size_ = 0;
};

}  // namespace pratique::signing
