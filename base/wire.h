// Values on their way between two processes of this project: little-endian numbers, and byte
// strings behind a 32-bit length. The writer never fails; reading goes through Reader, for what
// arrives may have been written by a process that a hostile file has taken over.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "base/reader.h"

namespace pratique {

static_assert(std::endian::native == std::endian::little, "numbers are stored as they are");

class WireWriter {
public:
    WireWriter& u8(std::uint8_t value) { return number(value); }
    WireWriter& u16(std::uint16_t value) { return number(value); }
    WireWriter& u32(std::uint32_t value) { return number(value); }
    WireWriter& u64(std::uint64_t value) { return number(value); }

    /// A 32-bit length and the bytes. Longer than 4 GiB - 1 is a bug of the caller: cut.
    WireWriter& bytes(Bytes value) {
        const Bytes kept = slice(value, 0, UINT32_MAX);
        u32(static_cast<std::uint32_t>(kept.size()));
        return raw(kept);
    }
    WireWriter& text(std::string_view value) { return bytes(as_bytes(value)); }

    /// The bytes alone, for fields whose length both sides know. Not inlined: g++ 12 takes the
    /// growing vector for one that overflows.
    [[gnu::noinline]] WireWriter& raw(Bytes value) {
        out_.insert(out_.end(), value.begin(), value.end());
        return *this;
    }

    /// Room for about this much.
    void reserve(std::size_t bytes) { out_.reserve(bytes); }

    Bytes view() const { return out_; }
    std::vector<std::byte> take() { return std::exchange(out_, {}); }
    void clear() { out_.clear(); }

private:
    template <std::unsigned_integral T>
    WireWriter& number(T value) {
        return raw(std::as_bytes(std::span(&value, 1)));
    }

    std::vector<std::byte> out_;
};

/// A byte string as WireWriter::bytes wrote it. Errors: truncated, limit_bytes (longer than
/// `limit`), both with the offset of the length.
inline Result<Bytes> wire_bytes(Reader& in, std::uint32_t limit) {
    Reader ahead = in;
    const auto length = TRY(ahead.le<std::uint32_t>());
    if (length > limit) return Error{Errc::limit_bytes, in.offset()};
    if (length > ahead.left()) return Error{Errc::truncated, in.offset()};
    const Bytes value = TRY(ahead.take(length));
    in = ahead;
    return value;
}

inline Result<std::string_view> wire_text(Reader& in, std::uint32_t limit) {
    return text(TRY(wire_bytes(in, limit)));
}

}  // namespace pratique
