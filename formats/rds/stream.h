// The three spellings of one serialisation of R: big-endian (XDR), the machine's own order, text.
// The walk over the items asks for numbers and names, and does not see which one it reads.
//
//   "X\n"  i32 and f64 big-endian, characters as they are
//   "B\n"  the same in the order of the machine that wrote
//   "A\n"  words between white space: 42, NA, 0x1.8p+1; characters as \n, \\, \303
//
// Source: R 4.4, src/main/serialize.c (InInteger, InReal, InString).
#pragma once

#include <string>

#include "base/reader.h"

namespace pratique::rds {

enum class Encoding : std::uint8_t { xdr, little_endian, ascii };

class Stream {
public:
    Stream(Bytes bytes, std::uint64_t at, Encoding encoding)
        : in_(bytes, at), encoding_(encoding) {}

    std::uint64_t offset() const { return in_.offset(); }
    /// The most values of `width` bytes that can be left.
    std::uint64_t most(std::uint64_t width) const;

    /// NA is INT32_MIN. Errors of all here: truncated, bad_number, bad_text.
    Result<std::int32_t> integer();
    Status skip_integers(std::uint64_t count);
    /// A complex number is two.
    Status skip_reals(std::uint64_t count);
    Status skip_raw(std::uint64_t count);
    /// `count` characters, of which at most `kept` are returned.
    Result<std::string> characters(std::uint64_t count, std::size_t kept);

private:
    Status skip_values(std::uint64_t count, std::uint64_t width);
    Status skip_space();
    Result<std::string_view> word();
    Result<char> escaped_character();

    Reader in_;
    Encoding encoding_;
};

}  // namespace pratique::rds
