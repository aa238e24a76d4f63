// One door to every compression codec that wraps model files: joblib writes zlib, gzip, bzip2, xz,
// lzma and lz4, zip members add raw deflate, LZMA and zstd. All are decoded by their own libraries,
// step by step into memory that grows with what really comes out, never with what a header says.
//
// clang-format off
//     gzip      1f 8b 08           members, zero bytes may stand between them      RFC 1952
//     zlib      CMF FLG            one stream; (CMF * 256 + FLG) % 31 = 0          RFC 1950
//     bzip2     BZh1..9            streams; 48-bit pi or sqrt(pi) follows
//     xz        fd 37 7a 58 5a 00  streams, zero padding in fours between them     xz-file-format
//     lzma      props dict size    one stream of the old .lzma; no magic           lzma-file-format
//     zstd      28 b5 2f fd        frames                                          RFC 8878
//     lz4       04 22 4d 18        frames; 02 21 4c 18 is the legacy frame         LZ4 frame format
//               5x 2a 4d 18 + u32  skippable frame, between zstd and lz4 frames
//     zip_lzma  u16 version, u16 5, props dict, raw LZMA                           APPNOTE 5.8.8
// clang-format on
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/result.h"
#include "formats/archive/range.h"

namespace pratique::archive {

enum class Codec : std::uint8_t {
    gzip,
    zlib,
    bzip2,
    xz,
    lzma,
    zstd,
    lz4,
    lz4_legacy,
    deflate,
    zip_lzma
};

/// The stable spelling used in reports.
std::string_view name(Codec codec);

/// The codec whose stream starts at bytes[0], by content. The weak magics (zlib, lzma) are
/// confirmed by decoding a little: a stream that a reader could get a byte out of is recognised,
/// damaged or not. Raw deflate and zip_lzma have no magic and are never recognised.
std::optional<Codec> recognise(Bytes bytes);

/// What one inflate() may cost.
struct InflateLimits {
    /// Most output bytes.
    std::uint64_t bytes = 0;
    /// Most output bytes per byte of the whole input, looked at once `ratio_floor` bytes came out.
    std::uint64_t ratio = 0;
    std::uint64_t ratio_floor = 0;
    /// Most members of one input: each costs its decoder's set-up, even when it holds nothing.
    std::uint32_t members = 100'000;
    /// zip_lzma only: the size that the directory states, where a stream without an end marker
    /// ends.
    std::optional<std::uint64_t> size = {};
};

/// The limits of a whole file as the limits of one inflate().
inline InflateLimits inflate_limits(const Limits& limits) {
    return {limits.inflated_bytes, limits.ratio, limits.ratio_floor, limits.members};
}

struct Inflated {
    std::vector<std::byte> bytes;
    /// Input bytes used up. What follows starts no further member and is the caller's business.
    std::uint64_t consumed = 0;
    /// Members begun, the damaged one included.
    std::uint32_t members = 0;
    /// Skippable frames of zstd and lz4: input that no decoder looks at.
    std::vector<Range> skipped;
    /// Why decoding ended early; `bytes` holds what came out before. The offset is one of `input`.
    std::optional<Error> error;
};

/// Decodes all members one after the other. Errors: truncated, bad_magic, bad_compression,
/// bad_checksum, unsupported, limit_bytes, limit_ratio, limit_members, limit_memory (a window or
/// dictionary of more than kDecoderMemory). Thread-safe; opens nothing, never throws.
Inflated inflate(Codec codec, Bytes input, const InflateLimits& limits);

/// The largest dictionary or window a decoder may ask for. "xz -9" needs 65 MiB, "zstd --ultra -22"
/// 128 MiB; only "zstd --long=28" and above and 7z's largest settings need more.
inline constexpr std::uint64_t kDecoderMemory = 256 * kMiB;

}  // namespace pratique::archive
