#include "formats/archive/codec.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/reader.h"
#include "formats/archive/output.h"
#include "formats/archive/stream.h"

namespace pratique::archive {
namespace {

using namespace std::string_view_literals;

constexpr auto kGzip = "\x1f\x8b\x08"sv;
constexpr auto kXz =
    "\xfd"
    "7zXZ\0"sv;
constexpr auto kZstd = "\x28\xb5\x2f\xfd"sv;
constexpr auto kLz4 = "\x04\x22\x4d\x18"sv;
constexpr auto kLz4Legacy = "\x02\x21\x4c\x18"sv;

bool starts_bzip2(Bytes bytes) {
    const std::string_view start = text(slice(bytes, 0, 4));
    return start.size() == 4 && start.starts_with("BZh") && start[3] >= '1' && start[3] <= '9';
}

// A whole bzip2 header: the level, then the mark of a block or of the end.
bool is_bzip2(Bytes bytes) {
    const Bytes mark = from(bytes, 4);
    return starts_bzip2(bytes) && (starts_with(mark, "\x31\x41\x59\x26\x53\x59"sv) ||
                                   starts_with(mark, "\x17\x72\x45\x38\x50\x90"sv));
}

// --- Weak magics --------------------------------------------------------------------------------

// Streaming readers hand out what they have decoded of one block before they meet the damage in the
// next; their blocks have this size at least. Damage behind it does not make a stream any less one.
constexpr std::size_t kReadersBlock = 4 * kKiB;
// What decodes to this much by chance is not seen in practice.
constexpr std::size_t kEnough = kKiB;

constexpr std::size_t kProbed = 64 * kKiB;

bool decodes_a_little(Codec codec, Bytes bytes) {
    const auto stream = open_stream(codec, {});
    if (stream == nullptr) return false;
    std::array<std::byte, kEnough> out{};
    const Step step = stream->step(slice(bytes, 0, kProbed), out);
    if (step.produced == out.size() || step.consumed >= kReadersBlock) return true;
    if (step.error) return false;
    // An empty zlib stream ends in a checksum; the end of an empty .lzma proves nothing.
    return step.produced > 0 || (step.ended && codec == Codec::zlib);
}

bool is_zlib(Bytes bytes) {
    Reader in(bytes);
    const auto header = in.be<std::uint16_t>();
    if (!header || *header % 31 != 0) return false;
    constexpr unsigned kMethod = 0x0F00;
    constexpr unsigned kDeflate = 0x0800;
    constexpr unsigned kLargestWindow = 0x7FFF;
    constexpr unsigned kDictionary = 0x0020;
    if ((*header & kMethod) != kDeflate || *header > kLargestWindow) return false;
    return (*header & kDictionary) == 0 && decodes_a_little(Codec::zlib, bytes);
}

// A dictionary size that liblzma's own guess accepts: 2^n or 2^n + 2^(n-1), or the largest.
bool plausible_dictionary(std::uint32_t size) {
    if (size == UINT32_MAX || size == 0 || std::has_single_bit(size)) return true;
    return std::has_single_bit(size / 3) && size % 3 == 0;
}

bool is_lzma(Bytes bytes) {
    Reader in(bytes);
    const auto properties = in.u8();
    const auto dictionary = in.le<std::uint32_t>();
    const auto size = in.le<std::uint64_t>();
    const auto first = in.u8();
    if (!properties || !dictionary || !size || !first) return false;
    constexpr unsigned kProperties = 9 * 5 * 5;
    constexpr std::uint64_t kLargest = 256 * kGiB;
    // The range coder's first byte is always zero.
    if (*properties >= kProperties || *first != 0 || !plausible_dictionary(*dictionary)) {
        return false;
    }
    if (*size != UINT64_MAX && *size >= kLargest) return false;
    // For a little, a small dictionary does: the stated one may be more than the limit.
    const Bytes start = slice(bytes, 0, kProbed);
    std::vector<std::byte> probe(start.begin(), start.end());
    constexpr std::array kSmall{std::byte{0}, std::byte{0}, std::byte{1}, std::byte{0}};
    std::ranges::copy(kSmall, std::span(probe).subspan(1).begin());
    return decodes_a_little(Codec::lzma, probe);
}

// --- Members ------------------------------------------------------------------------------------

std::uint64_t skip_zeros(Bytes input, std::uint64_t at) {
    const Bytes rest = from(input, at);
    const auto end = std::ranges::find_if(rest, [](std::byte b) { return b != std::byte{}; });
    return at + static_cast<std::uint64_t>(end - rest.begin());
}

// Steps over the skippable frames at `at` and notes them as one range.
std::optional<Error> skip_frames(Bytes input, std::uint64_t& at, std::vector<Range>& skipped) {
    constexpr std::uint32_t kSkippable = 0x184D2A50;
    const std::uint64_t begin = at;
    std::optional<Error> error;
    while (!error) {
        Reader in(from(input, at), at);
        const auto magic = in.le<std::uint32_t>();
        if (!magic || (*magic & 0xFFFFFFF0) != kSkippable) break;
        const auto size = in.le<std::uint32_t>();
        const auto frame = size ? in.skip(*size) : Status(size.error());
        if (!frame) error = Error{Errc::truncated, at};
        at = frame ? in.offset() : input.size();
    }
    if (at != begin) skipped.push_back({begin, at});
    return error;
}

std::optional<Codec> lz4_or_zstd(Bytes bytes) {
    if (starts_with(bytes, kZstd)) return Codec::zstd;
    if (starts_with(bytes, kLz4)) return Codec::lz4;
    if (starts_with(bytes, kLz4Legacy)) return Codec::lz4_legacy;
    return {};
}

// Finds the member that follows the one just decoded and moves `consumed` to it.
std::optional<Codec> next_member(Codec codec, Bytes input, Inflated& result) {
    const std::uint64_t end = result.consumed;
    switch (codec) {
        case Codec::zlib:
        case Codec::deflate:
        case Codec::zip_lzma: return {};
        case Codec::bzip2:
            if (starts_bzip2(from(input, end))) return Codec::bzip2;
            return {};
        case Codec::gzip: {
            const std::uint64_t at = skip_zeros(input, end);
            if (!starts_with(from(input, at), kGzip)) return {};
            result.consumed = at;
            return Codec::gzip;
        }
        case Codec::xz:
        case Codec::lzma: {
            // Python's reader guesses anew at every member, so the two may follow one another.
            const std::uint64_t at = skip_zeros(input, end);
            const bool padded = (at - end) % 4 == 0;
            if (padded && at == input.size() && codec == Codec::xz) result.consumed = at;
            if (padded && starts_with(from(input, at), kXz)) {
                result.consumed = at;
                return Codec::xz;
            }
            if (is_lzma(from(input, end))) return Codec::lzma;
            return {};
        }
        case Codec::zstd:
        case Codec::lz4:
        case Codec::lz4_legacy: {
            result.error = skip_frames(input, result.consumed, result.skipped);
            const auto next = lz4_or_zstd(from(input, result.consumed));
            if (!next || (*next == Codec::zstd) != (codec == Codec::zstd)) return {};
            return next;
        }
    }
    return {};
}

std::optional<Error> decode_member(Codec codec, Bytes input, const InflateLimits& limits,
                                   std::uint64_t& consumed, Output& out) {
    const auto stream = open_stream(codec, limits.size);
    if (stream == nullptr) return Error{Errc::limit_memory, consumed};
    for (;;) {
        const std::span<std::byte> room = out.room();
        if (room.empty()) return Error{Errc::limit_memory, consumed};
        const Step step = stream->step(from(input, consumed), room);
        consumed += step.consumed;
        if (const auto limit = out.commit(step.produced)) return Error{*limit, consumed};
        if (step.error) return Error{*step.error, consumed};
        if (step.ended) return {};
        if (step.consumed == 0 && step.produced == 0) {
            const bool all = consumed == input.size();
            return Error{all ? Errc::truncated : Errc::bad_compression, consumed};
        }
    }
}

}  // namespace

std::string_view name(Codec codec) {
    switch (codec) {
        case Codec::gzip: return "gzip";
        case Codec::zlib: return "zlib";
        case Codec::bzip2: return "bzip2";
        case Codec::xz: return "xz";
        case Codec::lzma: return "lzma";
        case Codec::zstd: return "zstd";
        case Codec::lz4: return "lz4";
        case Codec::lz4_legacy: return "lz4-legacy";
        case Codec::deflate: return "deflate";
        case Codec::zip_lzma: return "zip-lzma";
    }
    return {};
}

std::unique_ptr<Stream> open_stream(Codec codec, std::optional<std::uint64_t> size) {
    switch (codec) {
        case Codec::gzip:
        case Codec::zlib:
        case Codec::deflate: return open_zlib(codec);
        case Codec::bzip2: return open_bzip2();
        case Codec::xz:
        case Codec::lzma:
        case Codec::zip_lzma: return open_lzma(codec, size);
        case Codec::zstd: return open_zstd();
        case Codec::lz4:
        case Codec::lz4_legacy: return open_lz4(codec);
    }
    return nullptr;
}

std::optional<Codec> recognise(Bytes bytes) {
    if (starts_with(bytes, kGzip)) return Codec::gzip;
    if (is_bzip2(bytes)) return Codec::bzip2;
    if (starts_with(bytes, kXz)) return Codec::xz;
    std::uint64_t at = 0;
    std::vector<Range> skipped;
    const auto broken = skip_frames(bytes, at, skipped);
    if (const auto frame = lz4_or_zstd(from(bytes, at))) return frame;
    // Nothing but skippable frames is what both programs read as nothing.
    if (!skipped.empty() && !broken && at == bytes.size()) return Codec::zstd;
    if (is_zlib(bytes)) return Codec::zlib;
    if (is_lzma(bytes)) return Codec::lzma;
    return {};
}

Inflated inflate(Codec codec, Bytes input, const InflateLimits& limits) {
    Inflated result;
    Output out(limits, input.size());
    if (codec == Codec::zstd || codec == Codec::lz4 || codec == Codec::lz4_legacy) {
        result.error = skip_frames(input, result.consumed, result.skipped);
    }
    // A file of skippable frames only is complete, and empty.
    bool more = result.skipped.empty() || result.consumed < input.size();
    while (more && !result.error) {
        if (result.members == limits.members) {
            result.error = Error{Errc::limit_members, result.consumed};
            break;
        }
        ++result.members;
        result.error = decode_member(codec, input, limits, result.consumed, out);
        if (result.error) break;
        const auto next = next_member(codec, input, result);
        more = next.has_value();
        codec = next.value_or(codec);
    }
    result.bytes = out.take();
    return result;
}

}  // namespace pratique::archive
