#include "formats/archive/rar_blocks.h"

#include "base/reader.h"

namespace pratique::archive {
namespace {

Result<std::uint64_t> vint(Reader& in) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 63; shift += 7) {
        const std::uint8_t byte = TRY(in.u8());
        value |= std::uint64_t{byte & 0x7FU} << shift;
        if ((byte & 0x80) == 0) return value;
    }
    return Error{Errc::bad_number, in.offset()};
}

// Steps over one block; its type.
Result<unsigned> rar4_block(Reader& in) {
    constexpr unsigned kHasData = 0x8000;
    constexpr unsigned kLarge = 0x0100;
    constexpr unsigned kFile = 0x74;
    constexpr unsigned kHeader = 7;
    const std::uint64_t at = in.offset();
    Reader header = in;
    TRY(header.skip(2));
    const unsigned type = TRY(header.u8());
    const unsigned flags = TRY(header.le<std::uint16_t>());
    const unsigned size = TRY(header.le<std::uint16_t>());
    if (size < kHeader) return Error{Errc::bad_header, at};
    TRY(in.skip(size));
    if ((flags & kHasData) == 0) return type;
    std::uint64_t data = TRY(header.le<std::uint32_t>());
    if (type == kFile && (flags & kLarge) != 0) {
        TRY(header.skip(21));  // up to the upper half of the packed size
        data |= std::uint64_t{TRY(header.le<std::uint32_t>())} << 32;
    }
    TRY(in.skip(data));
    return type;
}

Result<std::uint64_t> rar5_block(Reader& in) {
    constexpr std::uint64_t kHasExtra = 1;
    constexpr std::uint64_t kHasData = 2;
    TRY(in.skip(4));
    const std::uint64_t size = TRY(vint(in));
    Reader header = TRY(in.sub(size));
    const std::uint64_t type = TRY(vint(header));
    const std::uint64_t flags = TRY(vint(header));
    if ((flags & kHasExtra) != 0) TRY(vint(header));
    if ((flags & kHasData) != 0) TRY(in.skip(TRY(vint(header))));
    return type;
}

}  // namespace

Result<std::uint64_t> end_of_rar4(Bytes bytes) {
    constexpr unsigned kEnd = 0x7B;
    Reader in(bytes);
    // Versions before 3.0 wrote no end block.
    while (!in.at_end()) {
        if (TRY(rar4_block(in)) == kEnd) break;
    }
    return in.offset();
}

Result<std::uint64_t> end_of_rar5(Bytes bytes) {
    constexpr std::uint64_t kSignature = 8;
    constexpr std::uint64_t kEnd = 5;
    Reader in(bytes);
    TRY(in.skip(kSignature));
    while (TRY(rar5_block(in)) != kEnd) {
    }
    return in.offset();
}

}  // namespace pratique::archive
