// Every codec by the first byte: what comes out and where decoding stopped stay within bounds.
#include <cstdlib>

#include "formats/archive/codec.h"
#include "formats/archive/zfile.h"

using namespace pratique;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes input = std::as_bytes(std::span(data, size));
    const archive::InflateLimits limits{.bytes = kMiB, .ratio = 100, .ratio_floor = 64 * kKiB};
    const auto codec = static_cast<archive::Codec>(size == 0 ? 0 : data[0] % 10);
    archive::recognise(from(input, 1));
    for (const auto& result :
         {archive::inflate(codec, from(input, 1), limits), zfile::inflate(input, limits)}) {
        if (result.bytes.size() > limits.bytes || result.consumed > size) std::abort();
        if (result.error && result.error->offset > size) std::abort();
    }
    return 0;
}
