// gzip, zlib and raw deflate, by zlib.
#define ZLIB_CONST
#include <zlib.h>

#include <algorithm>
#include <new>
#include <string_view>

#include "formats/archive/stream.h"

namespace pratique::archive {
namespace {

// The library counts in 32 bits; a gibibyte per step costs nothing.
constexpr std::size_t kMostInput = kGiB;

Errc cause_of(int code, const char* message) {
    if (code == Z_MEM_ERROR) return Errc::limit_memory;
    if (code == Z_NEED_DICT) return Errc::unsupported;
    // The library tells a failed checksum from damaged data by its message only.
    const std::string_view why = message == nullptr ? "" : message;
    if (why == "incorrect data check" || why == "incorrect length check" ||
        why == "header crc mismatch") {
        return Errc::bad_checksum;
    }
    if (why == "incorrect header check") return Errc::bad_magic;
    return Errc::bad_compression;
}

int window_bits(Codec codec) {
    if (codec == Codec::gzip) return MAX_WBITS + 16;
    return codec == Codec::deflate ? -MAX_WBITS : MAX_WBITS;
}

class ZlibStream final : public Stream {
public:
    explicit ZlibStream(Codec codec) : ready_(inflateInit2(&state_, window_bits(codec)) == Z_OK) {}
    ~ZlibStream() override {
        if (ready_) inflateEnd(&state_);
    }
    bool ready() const { return ready_; }

    Step step(Bytes in, std::span<std::byte> out) override {
        const Bytes part = slice(in, 0, kMostInput);
        const std::size_t room = std::min(out.size(), kMostInput);
        state_.next_in = reinterpret_cast<const Bytef*>(part.data());  // NOLINT
        state_.avail_in = static_cast<uInt>(part.size());
        state_.next_out = reinterpret_cast<Bytef*>(out.data());  // NOLINT
        state_.avail_out = static_cast<uInt>(room);
        const int code = ::inflate(&state_, Z_NO_FLUSH);
        Step done{part.size() - state_.avail_in, room - state_.avail_out, code == Z_STREAM_END, {}};
        if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) {
            done.error = cause_of(code, state_.msg);
        }
        return done;
    }

private:
    z_stream state_{};
    bool ready_;
};

}  // namespace

std::unique_ptr<Stream> open_zlib(Codec codec) {
    std::unique_ptr<ZlibStream> stream(new (std::nothrow) ZlibStream(codec));
    if (stream == nullptr || !stream->ready()) return nullptr;
    return stream;
}

}  // namespace pratique::archive
