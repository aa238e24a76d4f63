#include "formats/tensorbundle/snappy.h"

#include "formats/protobuf/wire.h"

namespace pratique::tensorbundle {
namespace {

struct Element {
    std::uint64_t length = 0;
    std::uint64_t offset = 0;  ///< back from the end; 0 for a literal
};

/// The number in the next `bytes` bytes, little-endian.
Result<std::uint64_t> read_le(Reader& in, unsigned bytes) {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < bytes; ++i) value |= std::uint64_t{TRY(in.u8())} << (8 * i);
    return value;
}

Result<Element> read_element(Reader& in) {
    const std::uint64_t at = in.offset();
    const std::uint64_t tag = TRY(in.u8());
    const std::uint64_t upper = tag >> 2;
    Element out;
    switch (tag & 3) {
        case 0:
            out.length =
                1 + (upper < 60 ? upper : TRY(read_le(in, static_cast<unsigned>(upper - 59))));
            return out;
        case 1:
            out.length = 4 + (upper & 7);
            out.offset = tag >> 5 << 8 | TRY(in.u8());
            break;
        case 2:
            out.length = 1 + upper;
            out.offset = TRY(read_le(in, 2));
            break;
        default:
            out.length = 1 + upper;
            out.offset = TRY(read_le(in, 4));
            break;
    }
    if (out.offset == 0) return Error{Errc::bad_compression, at};
    return out;
}

}  // namespace

Result<std::vector<std::byte>> unsnappy(Bytes compressed, std::uint64_t at, std::uint64_t most) {
    // The best that an element does: three bytes for 64.
    constexpr std::uint64_t kMostRatio = 64;
    Reader in(compressed, at);
    const std::uint64_t size = TRY(protobuf::read_varint(in));
    if (size > most) return Error{Errc::limit_bytes, at};
    if (size / kMostRatio > compressed.size()) return Error{Errc::bad_compression, at};
    std::vector<std::byte> out;
    out.reserve(size);
    while (!in.at_end()) {
        const std::uint64_t element_at = in.offset();
        const Element element = TRY(read_element(in));
        if (element.length > size - out.size() || element.offset > out.size()) {
            return Error{Errc::bad_compression, element_at};
        }
        if (element.offset == 0) {
            const Bytes literal = TRY(in.take(element.length));
            out.insert(out.end(), literal.begin(), literal.end());
            continue;
        }
        // Byte by byte: a copy may read what it has just written.
        for (std::uint64_t i = 0; i < element.length; ++i) {
            out.push_back(out[out.size() - element.offset]);
        }
    }
    if (out.size() != size) return Error{Errc::bad_compression, in.offset()};
    return out;
}

}  // namespace pratique::tensorbundle
