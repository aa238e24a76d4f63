#include "formats/pickle/decoder.h"

namespace pratique::pickle {
namespace {

template <class Length>
Result<Bytes> counted(Reader& in) {
    return in.take(TRY(in.le<Length>()));
}

Result<Bytes> counted_signed(Reader& in) {
    const auto length = static_cast<std::int32_t>(TRY(in.le<std::uint32_t>()));
    if (length < 0) return Error{Errc::negative_length, in.offset()};
    return in.take(static_cast<std::uint64_t>(length));
}

/// As pickle.py reads it: readline() without its last character, line end or not.
Bytes line(Reader& in, bool& unterminated) {
    if (const auto whole = in.line()) return *whole;
    unterminated = true;
    const auto rest = in.take(in.left());
    return rest && !rest->empty() ? rest->first(rest->size() - 1) : Bytes{};
}

Status read_argument(Reader& in, ArgKind kind, Instruction& out) {
    switch (kind) {
        case ArgKind::none: break;
        case ArgKind::u1: out.number = TRY(in.u8()); break;
        case ArgKind::u2: out.number = TRY(in.le<std::uint16_t>()); break;
        case ArgKind::u4: out.number = TRY(in.le<std::uint32_t>()); break;
        case ArgKind::i4: {
            const auto value = static_cast<std::int32_t>(TRY(in.le<std::uint32_t>()));
            out.number = static_cast<std::uint64_t>(std::int64_t{value});
            break;
        }
        case ArgKind::u8: out.number = TRY(in.le<std::uint64_t>()); break;
        case ArgKind::f8: out.number = TRY(in.be<std::uint64_t>()); break;
        case ArgKind::line: out.first = line(in, out.unterminated); break;
        case ArgKind::two_lines:
            out.first = line(in, out.unterminated);
            out.second = line(in, out.unterminated);
            break;
        case ArgKind::counted_u1: out.first = TRY(counted<std::uint8_t>(in)); break;
        case ArgKind::counted_u4: out.first = TRY(counted<std::uint32_t>(in)); break;
        case ArgKind::counted_u8: out.first = TRY(counted<std::uint64_t>(in)); break;
        case ArgKind::counted_i4: out.first = TRY(counted_signed(in)); break;
    }
    return {};
}

}  // namespace

Result<Instruction> Decoder::next() {
    // Made where the caller wants it, as there are tens of millions of them.
    Result<Instruction> result{Instruction{}};
    const std::uint64_t at = in_.offset();
    const auto byte = in_.u8();
    if (!byte) {
        result = byte.error();
        return result;
    }
    const OpcodeInfo& info = kOpcodes[*byte];
    if (!info.known) {
        result = Error{Errc::bad_opcode, at};
        return result;
    }
    result->op = static_cast<Op>(*byte);
    result->at = at;
    const Status read = read_argument(in_, info.arg, *result);
    if (!read) result = Error{read.error().code, at};
    return result;
}

}  // namespace pratique::pickle
