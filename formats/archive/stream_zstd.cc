// zstd frames, by libzstd.
#include <zstd.h>
#include <zstd_errors.h>

#include <bit>
#include <new>

#include "formats/archive/stream.h"

namespace pratique::archive {
namespace {

// The library's own default: a frame may not ask for a window of more than 128 MiB.
constexpr int kWindowLog = 27;
static_assert((std::uint64_t{1} << kWindowLog) <= kDecoderMemory);

Errc cause_of(std::size_t code) {
    const ZSTD_ErrorCode why = ZSTD_getErrorCode(code);
    if (why == ZSTD_error_memory_allocation || why == ZSTD_error_frameParameter_windowTooLarge) {
        return Errc::limit_memory;
    }
    if (why == ZSTD_error_checksum_wrong) return Errc::bad_checksum;
    if (why == ZSTD_error_prefix_unknown) return Errc::bad_magic;
    if (why == ZSTD_error_dictionary_wrong || why == ZSTD_error_version_unsupported ||
        why == ZSTD_error_frameParameter_unsupported) {
        return Errc::unsupported;
    }
    return Errc::bad_compression;
}

struct Free {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

class ZstdStream final : public Stream {
public:
    ZstdStream() : context_(ZSTD_createDCtx()) {
        ready_ = context_ != nullptr && ZSTD_isError(ZSTD_DCtx_setParameter(
                                            context_.get(), ZSTD_d_windowLogMax, kWindowLog)) == 0;
    }
    bool ready() const { return ready_; }

    Step step(Bytes in, std::span<std::byte> out) override {
        ZSTD_inBuffer input{in.data(), in.size(), 0};
        ZSTD_outBuffer output{out.data(), out.size(), 0};
        const std::size_t left = ZSTD_decompressStream(context_.get(), &output, &input);
        Step done{input.pos, output.pos, left == 0, {}};
        if (ZSTD_isError(left) != 0) done.error = cause_of(left);
        return done;
    }

private:
    std::unique_ptr<ZSTD_DCtx, Free> context_;
    bool ready_ = false;
};

}  // namespace

std::unique_ptr<Stream> open_zstd() {
    std::unique_ptr<ZstdStream> stream(new (std::nothrow) ZstdStream());
    if (stream == nullptr || !stream->ready()) return nullptr;
    return stream;
}

}  // namespace pratique::archive
