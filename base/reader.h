// The only cursor over untrusted bytes. take() is the one bounds check of the project: every
// other function here goes through it, and no parser does pointer arithmetic of its own.
// A structure inside a structure is read through sub(), which can never see past its parent.
#pragma once

#include <bit>
#include <concepts>
#include <cstring>

#include "base/bytes.h"
#include "base/result.h"

namespace pratique {

class Reader {
public:
    /// `base` is the offset of bytes[0] in the artifact; errors and offset() count from there.
    explicit Reader(Bytes bytes, std::uint64_t base = 0) : bytes_(bytes), base_(base) {}

    std::uint64_t offset() const { return base_ + at_; }
    std::size_t left() const { return bytes_.size() - at_; }
    bool at_end() const { return left() == 0; }
    /// The unread bytes, without reading them.
    Bytes rest() const { return bytes_.subspan(at_); }

    /// The next `count` bytes; fails, and stays where it is, when there are fewer.
    Result<Bytes> take(std::uint64_t count) {
        if (count > left()) return Error{Errc::truncated, offset()};
        const Bytes taken = bytes_.subspan(at_, count);
        at_ += taken.size();
        return taken;
    }

    Status skip(std::uint64_t count) {
        TRY(take(count));
        return {};
    }

    /// A Reader over the next `count` bytes, which this one steps over.
    Result<Reader> sub(std::uint64_t count) {
        const std::uint64_t start = offset();
        return Reader(TRY(take(count)), start);
    }

    template <std::unsigned_integral T>
    Result<T> le() {
        return load<T>(std::endian::little);
    }
    template <std::unsigned_integral T>
    Result<T> be() {
        return load<T>(std::endian::big);
    }
    Result<std::uint8_t> u8() { return le<std::uint8_t>(); }

    /// The bytes up to the next '\n', which is consumed but not returned. A last line that lacks
    /// its '\n' is an error, as it is to every reader of a text format handled here.
    Result<Bytes> line() {
        const auto* found = left() == 0 ? nullptr : std::memchr(rest().data(), '\n', left());
        if (found == nullptr) return Error{Errc::bad_line, offset()};
        const auto length =
            static_cast<std::size_t>(static_cast<const std::byte*>(found) - rest().data());
        const Bytes line = TRY(take(length));
        TRY(skip(1));
        return line;
    }

private:
    template <std::unsigned_integral T>
    Result<T> load(std::endian order) {
        const Bytes raw = TRY(take(sizeof(T)));
        T value{};
        std::memcpy(&value, raw.data(), sizeof(T));
        if (order != std::endian::native) value = swap(value);
        return value;
    }

    template <std::unsigned_integral T>
    static T swap(T value) {
        if constexpr (sizeof(T) == 2) return static_cast<T>(__builtin_bswap16(value));
        if constexpr (sizeof(T) == 4) return __builtin_bswap32(value);
        if constexpr (sizeof(T) == 8) return __builtin_bswap64(value);
        return value;
    }

    Bytes bytes_;
    std::uint64_t base_;
    std::size_t at_ = 0;
};

}  // namespace pratique
