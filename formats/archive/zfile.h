// The "Z file" of joblib before 0.10: a zlib stream behind its length as text.
//
//     'Z' 'F' | "0x1a2b" padded with spaces to 19 characters | zlib stream
//
// joblib up to 0.8.4 on Python 2 pads to 20, so its reader steps over one more space; a zlib stream
// never starts with one. Source: joblib/numpy_pickle_compat.py, read_zfile.
#pragma once

#include "formats/archive/codec.h"

namespace pratique::zfile {

struct Header {
    /// What the text says the stream inflates to; never allocated by.
    std::uint64_t declared = 0;
    /// Where the zlib stream starts.
    std::uint64_t payload = 0;
};

/// Errors: bad_magic, truncated, bad_number (the text is no length that joblib's reader accepts).
Result<Header> parse(Bytes bytes);

/// True if parse() succeeds.
bool recognise(Bytes bytes);

/// The inflated stream. Offsets and `consumed` count from the start of the file. A length other
/// than the declared one is size_mismatch, with all bytes kept; other errors as archive::inflate().
archive::Inflated inflate(Bytes bytes, const archive::InflateLimits& limits);

}  // namespace pratique::zfile
