#include "formats/hdf5/datatype.h"

#include "base/checked.h"
#include "formats/hdf5/file.h"

namespace pratique::hdf5 {
namespace {

/// Compounds in arrays in compounds: nobody needs more than three or four.
constexpr int kMostDepth = 16;
constexpr std::size_t kMostDimensions = 32;

/// The part of a type that stands in front of its properties.
struct Head {
    std::uint8_t version = 0;
    std::uint32_t bits = 0;
    std::uint64_t offset = 0;
};

bool bit(const Head& head, int number) { return (head.bits >> number & 1) != 0; }

/// A name up to its NUL, followed by zeros up to a multiple of eight bytes in versions 1 and 2.
Result<std::string_view> read_name(Reader& in, bool padded) {
    const std::string_view rest = text(in.rest());
    const std::size_t length = rest.find('\0');
    if (length == std::string_view::npos) return Error{Errc::truncated, in.offset()};
    const std::size_t taken = padded ? (length / 8 + 1) * 8 : length + 1;
    return text(TRY(in.take(taken))).substr(0, length);
}

Status read_integer(Reader& in, const Head& head, Datatype& out) {
    out.big_endian = bit(head, 0);
    out.is_signed = out.kind == Class::integer && bit(head, 3);
    out.bit_offset = TRY(in.le<std::uint16_t>());
    out.bits = TRY(in.le<std::uint16_t>());
    return {};
}

Status read_real(Reader& in, const Head& head, Datatype& out) {
    out.big_endian = bit(head, 0);
    if (bit(head, 6)) return Error{Errc::unsupported, head.offset};  // VAX
    out.bit_offset = TRY(in.le<std::uint16_t>());
    out.bits = TRY(in.le<std::uint16_t>());
    out.real.normalised = static_cast<std::uint8_t>(head.bits >> 4 & 3);
    out.real.sign = static_cast<std::uint8_t>(head.bits >> 8);
    out.real.exponent_at = TRY(in.u8());
    out.real.exponent_bits = TRY(in.u8());
    out.real.mantissa_at = TRY(in.u8());
    out.real.mantissa_bits = TRY(in.u8());
    out.real.bias = TRY(in.le<std::uint32_t>());
    return {};
}

Result<Datatype> read(Reader& in, int depth);

Result<std::vector<std::uint64_t>> read_dimensions(Reader& in, std::size_t rank) {
    if (rank > kMostDimensions) return Error{Errc::limit_rank, in.offset()};
    std::vector<std::uint64_t> out;
    for (std::size_t i = 0; i < rank; ++i) out.push_back(TRY(in.le<std::uint32_t>()));
    return out;
}

/// `type` repeated over `shape`.
Result<Datatype> array_of(Datatype type, std::vector<std::uint64_t> shape, std::uint64_t offset) {
    std::uint64_t size = type.size;
    for (const std::uint64_t dimension : shape) size = TRY(checked_mul(size, dimension, offset));
    if (size > UINT32_MAX) return Error{Errc::overflow, offset};
    Datatype out;
    out.kind = Class::array;
    out.size = static_cast<std::uint32_t>(size);
    out.shape = std::move(shape);
    out.base.push_back(std::move(type));
    return out;
}

// NOLINTNEXTLINE(misc-no-recursion): read() bounds the depth
Result<Field> read_field(Reader& in, const Head& head, std::uint32_t size, int depth) {
    Field out;
    out.name = TRY(read_name(in, head.version < 3));
    const std::uint64_t at = in.offset();
    out.offset =
        static_cast<std::uint32_t>(TRY(number(in, head.version < 3 ? 4 : bytes_for(size))));
    if (head.version > 1) {
        out.type = TRY(read(in, depth));
    } else {
        const std::size_t rank = TRY(in.u8());
        if (rank > 4) return Error{Errc::bad_header, at};
        TRY(in.skip(3 + 4 + 4));
        std::vector<std::uint64_t> shape = TRY(read_dimensions(in, 4));
        shape.resize(rank);
        out.type = TRY(read(in, depth));
        if (rank != 0) out.type = TRY(array_of(std::move(out.type), std::move(shape), at));
    }
    if (!fits(out.offset, out.type.size, size)) return Error{Errc::out_of_bounds, at};
    return out;
}

// NOLINTNEXTLINE(misc-no-recursion): read() bounds the depth
Status read_compound(Reader& in, const Head& head, Datatype& out, int depth) {
    const std::size_t count = head.bits & 0xFFFF;
    for (std::size_t i = 0; i < count; ++i) {
        out.fields.push_back(TRY(read_field(in, head, out.size, depth)));
    }
    return {};
}

// NOLINTNEXTLINE(misc-no-recursion): read() bounds the depth
Status read_enumeration(Reader& in, const Head& head, Datatype& out, int depth) {
    out.base.push_back(TRY(read(in, depth)));
    const std::uint32_t size = out.base.front().size;
    if (out.base.front().kind != Class::integer || size != out.size) {
        return Error{Errc::bad_header, head.offset};
    }
    const std::size_t count = head.bits & 0xFFFF;
    for (std::size_t i = 0; i < count; ++i) {
        out.names.emplace_back(TRY(read_name(in, head.version < 3)), Bytes{});
    }
    for (auto& [name, value] : out.names) value = TRY(in.take(size));
    return {};
}

// NOLINTNEXTLINE(misc-no-recursion): read() bounds the depth
Status read_array(Reader& in, const Head& head, Datatype& out, int depth) {
    const std::size_t rank = TRY(in.u8());
    if (head.version < 3) TRY(in.skip(3));
    std::vector<std::uint64_t> shape = TRY(read_dimensions(in, rank));
    if (head.version < 3) TRY(in.skip(4 * rank));  // a permutation that was never used
    const std::uint32_t stated = out.size;
    out = TRY(array_of(TRY(read(in, depth)), std::move(shape), head.offset));
    if (out.size != stated) return Error{Errc::size_mismatch, head.offset};
    return {};
}

// NOLINTNEXTLINE(misc-no-recursion): read() bounds the depth
Status read_properties(Reader& in, const Head& head, Datatype& out, int depth) {
    switch (out.kind) {
        case Class::integer:
        case Class::bits: return read_integer(in, head, out);
        case Class::real: return read_real(in, head, out);
        case Class::string:
            out.padding = static_cast<std::uint8_t>(head.bits & 0x0F);
            out.utf8 = (head.bits >> 4 & 0x0F) == 1;
            return {};
        case Class::opaque: {
            const std::string_view tag = text(TRY(in.take(head.bits & 0xFF)));
            out.tag = tag.substr(0, tag.find('\0'));
            return {};
        }
        case Class::compound: return read_compound(in, head, out, depth);
        case Class::enumeration: return read_enumeration(in, head, out, depth);
        case Class::array: return read_array(in, head, out, depth);
        case Class::variable:
            out.is_text = (head.bits & 0x0F) == 1;
            out.utf8 = (head.bits >> 8 & 0x0F) == 1;
            out.base.push_back(TRY(read(in, depth)));
            return {};
        case Class::complex: out.base.push_back(TRY(read(in, depth))); return {};
        case Class::time: return in.skip(2);
        case Class::reference: return {};
    }
    return Error{Errc::unsupported, head.offset};
}

// NOLINTNEXTLINE(misc-no-recursion): `depth` bounds it
Result<Datatype> read(Reader& in, int depth) {
    if (depth == 0) return Error{Errc::limit_depth, in.offset()};
    Head head;
    head.offset = in.offset();
    const std::uint8_t first = TRY(in.u8());
    head.version = first >> 4;
    head.bits = static_cast<std::uint32_t>(TRY(number(in, 3)));
    Datatype out;
    out.kind = static_cast<Class>(first & 0x0F);
    out.size = TRY(in.le<std::uint32_t>());
    if (head.version < 1 || head.version > 5) return Error{Errc::unsupported, head.offset};
    if (out.size == 0 && out.kind != Class::string && out.kind != Class::array) {
        return Error{Errc::bad_header, head.offset};
    }
    TRY(read_properties(in, head, out, depth - 1));
    return out;
}

}  // namespace

Result<Datatype> read_datatype(Reader& in) { return read(in, kMostDepth); }

}  // namespace pratique::hdf5
