// lz4 frames, by liblz4, and the legacy frame of the first lz4 program:
//
//     02 21 4c 18 | u32 size, block | u32 size, block | …
//
// A legacy block inflates to at most 8 MiB. The frame has no end mark: it ends with the input, or
// where a size is too large for a block (the magic of a frame that follows always is).
#include <lz4.h>
#include <lz4frame.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <string_view>

#include "base/reader.h"
#include "formats/archive/stream.h"

namespace pratique::archive {
namespace {

Errc cause_of(std::size_t code) {
    // The numbers behind these names are not part of the library's stable interface.
    const std::string_view why = LZ4F_getErrorName(code);
    if (why.find("hecksum_invalid") != std::string_view::npos) return Errc::bad_checksum;
    if (why == "ERROR_frameType_unknown") return Errc::bad_magic;
    if (why == "ERROR_allocation_failed") return Errc::limit_memory;
    if (why == "ERROR_headerVersion_wrong" || why == "ERROR_reservedFlag_set") {
        return Errc::unsupported;
    }
    return why == "ERROR_frameSize_wrong" ? Errc::size_mismatch : Errc::bad_compression;
}

class Lz4Stream final : public Stream {
public:
    Lz4Stream()
        : ready_(LZ4F_isError(LZ4F_createDecompressionContext(&context_, LZ4F_VERSION)) == 0) {}
    ~Lz4Stream() override {
        if (ready_) LZ4F_freeDecompressionContext(context_);
    }
    bool ready() const { return ready_; }

    // The library is fed what it asks for, a block at a time: after an error it does not say what
    // it has written, so only the damaged block itself may be lost with it.
    Step step(Bytes in, std::span<std::byte> out) override {
        std::size_t consumed = std::min(in.size(), wanted_);
        std::size_t produced = out.size();
        const std::size_t left =
            LZ4F_decompress(context_, out.data(), &produced, in.data(), &consumed, nullptr);
        if (LZ4F_isError(left) != 0) return {0, 0, false, cause_of(left)};
        wanted_ = left;
        return {consumed, produced, left == 0, {}};
    }

private:
    LZ4F_dctx* context_ = nullptr;
    std::size_t wanted_ = LZ4F_HEADER_SIZE_MIN;
    bool ready_;
};

class LegacyStream final : public Stream {
public:
    Step step(Bytes in, std::span<std::byte> out) override {
        Step done;
        if (drained_ == filled_) {
            const std::optional<Errc> error = next_block(in, done);
            if (error) done.error = error;
            if (error || done.ended) return done;
        }
        const Bytes ready = slice(Bytes(block_.get(), filled_), drained_, out.size());
        std::ranges::copy(ready, out.begin());
        drained_ += ready.size();
        done.produced = ready.size();
        return done;
    }

private:
    static constexpr std::uint32_t kMagic = 0x184C2102;
    static constexpr std::size_t kBlock = 8 * kMiB;

    std::optional<Errc> next_block(Bytes in, Step& done) {
        Reader reader(in);
        if (!started_) {
            const auto magic = reader.le<std::uint32_t>();
            if (!magic) return Errc::truncated;
            if (*magic != kMagic) return Errc::bad_magic;
            started_ = true;
            done.consumed = sizeof(std::uint32_t);
        }
        if (reader.at_end()) {
            done.ended = true;
            return {};
        }
        const auto size = reader.le<std::uint32_t>();
        if (!size) return Errc::truncated;
        if (*size > LZ4_COMPRESSBOUND(kBlock)) {
            done.ended = true;
            return {};
        }
        const auto packed = reader.take(*size);
        if (!packed) return Errc::truncated;
        done.consumed = in.size() - reader.left();
        return decode(*packed);
    }

    std::optional<Errc> decode(Bytes packed) {
        if (block_ == nullptr) block_.reset(new (std::nothrow) std::byte[kBlock]);
        if (block_ == nullptr) return Errc::limit_memory;
        const int size = LZ4_decompress_safe(
            text(packed).data(), reinterpret_cast<char*>(block_.get()),  // NOLINT
            static_cast<int>(packed.size()), static_cast<int>(kBlock));
        if (size < 0) return Errc::bad_compression;
        filled_ = static_cast<std::size_t>(size);
        drained_ = 0;
        return {};
    }

    std::unique_ptr<std::byte[]> block_;
    std::size_t filled_ = 0;
    std::size_t drained_ = 0;
    bool started_ = false;
};

}  // namespace

std::unique_ptr<Stream> open_lz4(Codec codec) {
    if (codec == Codec::lz4_legacy) {
        return std::unique_ptr<Stream>(new (std::nothrow) LegacyStream());
    }
    std::unique_ptr<Lz4Stream> stream(new (std::nothrow) Lz4Stream());
    if (stream == nullptr || !stream->ready()) return nullptr;
    return stream;
}

}  // namespace pratique::archive
