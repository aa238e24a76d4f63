// What the decoders have in common: one step takes some input and fills some output. inflate()
// knows only this, so limits, members and errors are handled in one place for all libraries.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>

#include "base/bytes.h"
#include "base/result.h"
#include "formats/archive/codec.h"

namespace pratique::archive {

/// What one step did. Neither consuming nor producing means that more input is needed.
struct Step {
    std::size_t consumed = 0;
    std::size_t produced = 0;
    /// The member is complete.
    bool ended = false;
    std::optional<Errc> error;
};

/// The decoder of one member.
class Stream {
public:
    Stream() = default;
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    virtual ~Stream() = default;

    /// Decodes from the front of `in` into `out`, which holds one byte at least. Not called again
    /// after an end or an error.
    virtual Step step(Bytes in, std::span<std::byte> out) = 0;
};

/// Null when there is no memory for one.
std::unique_ptr<Stream> open_zlib(Codec codec);  // gzip, zlib, deflate
std::unique_ptr<Stream> open_bzip2();
std::unique_ptr<Stream> open_lzma(Codec codec, std::optional<std::uint64_t> size);  // + zip_lzma
std::unique_ptr<Stream> open_zstd();
std::unique_ptr<Stream> open_lz4(Codec codec);

std::unique_ptr<Stream> open_stream(Codec codec, std::optional<std::uint64_t> size);

}  // namespace pratique::archive
