// xz, the old .lzma and LZMA in zip, by liblzma. A zip member's LZMA is the old .lzma with another
// header in front, so it is decoded as one whose header is made up here:
//
//     zip     u16 version | u16 5 | props(1) dict(4)           | raw LZMA
//     .lzma                         props(1) dict(4) | size(8) | raw LZMA
#include <lzma.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>

#include "base/reader.h"
#include "formats/archive/stream.h"

namespace pratique::archive {
namespace {

std::optional<Errc> cause_of(lzma_ret code) {
    switch (code) {
        case LZMA_OK:
        case LZMA_STREAM_END:
        case LZMA_NO_CHECK:
        case LZMA_UNSUPPORTED_CHECK:
        case LZMA_GET_CHECK:
        case LZMA_SEEK_NEEDED:
        case LZMA_BUF_ERROR: return {};
        case LZMA_MEM_ERROR:
        case LZMA_MEMLIMIT_ERROR: return Errc::limit_memory;
        case LZMA_FORMAT_ERROR: return Errc::bad_magic;
        case LZMA_OPTIONS_ERROR: return Errc::unsupported;
        case LZMA_DATA_ERROR:
        case LZMA_PROG_ERROR:
        case LZMA_RET_INTERNAL1:
        case LZMA_RET_INTERNAL2:
        case LZMA_RET_INTERNAL3:
        case LZMA_RET_INTERNAL4:
        case LZMA_RET_INTERNAL5:
        case LZMA_RET_INTERNAL6:
        case LZMA_RET_INTERNAL7:
        case LZMA_RET_INTERNAL8: return Errc::bad_compression;
    }
    return Errc::bad_compression;
}

class LzmaStream : public Stream {
public:
    explicit LzmaStream(Codec codec)
        : ready_((codec == Codec::xz ? lzma_stream_decoder(&state_, kDecoderMemory, 0)
                                     : lzma_alone_decoder(&state_, kDecoderMemory)) == LZMA_OK) {}
    ~LzmaStream() override { lzma_end(&state_); }
    bool ready() const { return ready_; }

    Step step(Bytes in, std::span<std::byte> out) override {
        state_.next_in = reinterpret_cast<const std::uint8_t*>(in.data());  // NOLINT
        state_.avail_in = in.size();
        state_.next_out = reinterpret_cast<std::uint8_t*>(out.data());  // NOLINT
        state_.avail_out = out.size();
        const lzma_ret code = lzma_code(&state_, LZMA_RUN);
        return {in.size() - state_.avail_in, out.size() - state_.avail_out, code == LZMA_STREAM_END,
                cause_of(code)};
    }

private:
    lzma_stream state_ = LZMA_STREAM_INIT;
    bool ready_;
};

class ZipLzmaStream final : public LzmaStream {
public:
    explicit ZipLzmaStream(std::optional<std::uint64_t> size)
        : LzmaStream(Codec::lzma), size_(size) {}

    Step step(Bytes in, std::span<std::byte> out) override {
        if (started_) return LzmaStream::step(in, out);
        started_ = true;
        Reader header(in);
        const auto properties = read_header(header);
        if (!properties) return {0, 0, false, properties.error().code};
        const Step begun = LzmaStream::step(made_up_header(*properties), out);
        return {in.size() - header.left(), begun.produced, begun.ended, begun.error};
    }

private:
    static constexpr std::size_t kProperties = 5;
    using Header = std::array<std::byte, kProperties + sizeof(std::uint64_t)>;

    static Result<Bytes> read_header(Reader& in) {
        TRY(in.skip(2));  // the version of the program that wrote it
        if (TRY(in.le<std::uint16_t>()) != kProperties) return Error{Errc::unsupported, 2};
        return in.take(kProperties);
    }

    Bytes made_up_header(Bytes properties) {
        std::ranges::copy(properties, header_.begin());
        // All ones is "size unknown": the stream must then have an end marker.
        std::uint64_t size = size_.value_or(UINT64_MAX);
        for (std::byte& byte : std::span(header_).subspan(kProperties)) {
            byte = static_cast<std::byte>(size & 0xFF);
            size >>= 8;
        }
        return header_;
    }

    std::optional<std::uint64_t> size_;
    Header header_{};
    bool started_ = false;
};

}  // namespace

std::unique_ptr<Stream> open_lzma(Codec codec, std::optional<std::uint64_t> size) {
    std::unique_ptr<LzmaStream> stream(codec == Codec::zip_lzma
                                           ? new (std::nothrow) ZipLzmaStream(size)
                                           : new (std::nothrow) LzmaStream(codec));
    if (stream == nullptr || !stream->ready()) return nullptr;
    return stream;
}

}  // namespace pratique::archive
