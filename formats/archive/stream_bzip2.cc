// bzip2, by libbz2. The library does not tell a failed checksum from damaged data: both are
// bad_compression here.
#include <bzlib.h>

#include <algorithm>
#include <new>

#include "formats/archive/stream.h"

namespace pratique::archive {
namespace {

// The library counts in 32 bits.
constexpr std::size_t kMostInput = kGiB;

class Bzip2Stream final : public Stream {
public:
    Bzip2Stream() : ready_(BZ2_bzDecompressInit(&state_, 0, 0) == BZ_OK) {}
    ~Bzip2Stream() override {
        if (ready_) BZ2_bzDecompressEnd(&state_);
    }
    bool ready() const { return ready_; }

    Step step(Bytes in, std::span<std::byte> out) override {
        const Bytes part = slice(in, 0, kMostInput);
        const std::size_t room = std::min(out.size(), kMostInput);
        // The library never writes through next_in; its interface is older than const.
        state_.next_in = const_cast<char*>(reinterpret_cast<const char*>(part.data()));  // NOLINT
        state_.avail_in = static_cast<unsigned>(part.size());
        state_.next_out = reinterpret_cast<char*>(out.data());  // NOLINT
        state_.avail_out = static_cast<unsigned>(room);
        const int code = BZ2_bzDecompress(&state_);
        Step done{
            part.size() - state_.avail_in, room - state_.avail_out, code == BZ_STREAM_END, {}};
        if (code != BZ_OK && code != BZ_STREAM_END) {
            done.error = code == BZ_MEM_ERROR          ? Errc::limit_memory
                         : code == BZ_DATA_ERROR_MAGIC ? Errc::bad_magic
                                                       : Errc::bad_compression;
        }
        return done;
    }

private:
    bz_stream state_{};
    bool ready_;
};

}  // namespace

std::unique_ptr<Stream> open_bzip2() {
    std::unique_ptr<Bzip2Stream> stream(new (std::nothrow) Bzip2Stream());
    if (stream == nullptr || !stream->ready()) return nullptr;
    return stream;
}

}  // namespace pratique::archive
