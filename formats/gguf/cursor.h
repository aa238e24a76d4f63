// Numbers and strings as a GGUF file of one version and byte order has them.
#pragma once

#include "base/reader.h"
#include "formats/gguf/gguf.h"

namespace pratique::gguf {

class Cursor {
public:
    Cursor(Reader in, std::uint32_t version, bool big_endian)
        : in_(in), version_(version), big_endian_(big_endian) {}

    Reader& in() { return in_; }
    std::uint64_t offset() const { return in_.offset(); }
    std::size_t left() const { return in_.left(); }

    Result<std::uint32_t> u32() { return number<std::uint32_t>(); }
    Result<std::uint64_t> u64() { return number<std::uint64_t>(); }
    /// A count, size or length, which version 1 has in 32 bits. Errors: truncated,
    /// negative_length.
    Result<std::uint64_t> count();
    /// A string of any bytes, which lie in the file.
    Result<std::string_view> string();
    /// One value that is no array. Errors: truncated, bad_number (a boolean).
    Result<Value> scalar(Kind kind);

private:
    template <class T>
    Result<T> number() {
        return big_endian_ ? in_.be<T>() : in_.le<T>();
    }

    Reader in_;
    std::uint32_t version_;
    bool big_endian_;
};

/// The pairs of the metadata. Errors: see read().
Status read_pairs(Cursor& cursor, std::uint64_t count, File& out);

/// A name that may occur only once.
struct Named {
    std::string_view name;
    std::uint64_t offset;
};
/// Sorts, so that no choice of names makes it slow. Errors: duplicate_key.
Status check_unique(std::vector<Named> names);

}  // namespace pratique::gguf
