#include "formats/idx/idx.h"

#include "base/checked.h"
#include "base/reader.h"

namespace pratique::idx {
namespace {

constexpr std::uint8_t kMostDimensions = 8;

std::uint64_t size_of(std::uint8_t type) {
    switch (type) {
        case 0x08:
        case 0x09: return 1;
        case 0x0b: return 2;
        case 0x0c:
        case 0x0d: return 4;
        case 0x0e: return 8;
        default: return 0;
    }
}

}  // namespace

bool recognise(Bytes bytes) {
    const auto end = measure(bytes);
    return end && *end == bytes.size();
}

Result<std::uint64_t> measure(Bytes bytes) {
    Reader in(bytes);
    const auto zero = TRY(in.be<std::uint16_t>());
    std::uint64_t size = size_of(TRY(in.u8()));
    const auto dimensions = TRY(in.u8());
    if (zero != 0 || size == 0 || dimensions == 0 || dimensions > kMostDimensions) {
        return Error{Errc::bad_header, 0};
    }
    for (int i = 0; i < dimensions; ++i) {
        const std::uint64_t at = in.offset();
        size = TRY(checked_mul(size, std::uint64_t{TRY(in.be<std::uint32_t>())}, at));
    }
    TRY(in.skip(size));
    return in.offset();
}

}  // namespace pratique::idx
