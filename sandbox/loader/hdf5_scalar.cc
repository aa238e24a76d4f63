#include "sandbox/loader/hdf5_scalar.h"

#include <algorithm>
#include <array>

namespace pratique::loader {
namespace {

using hdf5::Class;
using hdf5::Datatype;

struct Real {
    std::uint32_t size;
    std::uint16_t bits;
    hdf5::FloatBits fields;
    Scalar scalar;
};

// Size, bits; sign, exponent at, bits, mantissa at, bits, bias, normalised.
constexpr auto kReals = std::to_array<Real>({
    {1, 8, {7, 3, 4, 0, 3, 7, 2}, Scalar::float8_e4m3fn},
    {1, 8, {7, 2, 5, 0, 2, 15, 2}, Scalar::float8_e5m2},
    {2, 16, {15, 10, 5, 0, 10, 15, 2}, Scalar::float16},
    {2, 16, {15, 7, 8, 0, 7, 127, 2}, Scalar::bfloat16},
    {4, 32, {31, 23, 8, 0, 23, 127, 2}, Scalar::float32},
    {8, 64, {63, 52, 11, 0, 52, 1023, 2}, Scalar::float64},
});
/// What x86 calls long double.
constexpr hdf5::FloatBits kExtended{79, 64, 15, 0, 64, 16383, 1};
constexpr hdf5::FloatBits kExtendedAsWritten{79, 64, 15, 0, 64, 16383, 0};

/// Of integers all of whose bits count.
std::optional<Scalar> integer_of(const Datatype& type) {
    if (type.bit_offset != 0 || type.bits != 8 * type.size) return std::nullopt;
    const bool is_signed = type.is_signed;
    switch (type.size) {
        case 1: return is_signed ? Scalar::int8 : Scalar::uint8;
        case 2: return is_signed ? Scalar::int16 : Scalar::uint16;
        case 4: return is_signed ? Scalar::int32 : Scalar::uint32;
        case 8: return is_signed ? Scalar::int64 : Scalar::uint64;
        default: return std::nullopt;
    }
}

bool is_bool(const Datatype& type) {
    if (type.names.size() != 2 || type.size != 1) return false;
    const auto holds = [&](std::string_view name, int value) {
        return std::any_of(type.names.begin(), type.names.end(), [&](const auto& row) {
            return row.first == name && std::to_integer<int>(row.second.front()) == value;
        });
    };
    return holds("FALSE", 0) && holds("TRUE", 1);
}

std::optional<Scalar> real_of(const Datatype& type) {
    const auto* row = std::find_if(kReals.begin(), kReals.end(), [&](const Real& real) {
        return real.size == type.size && real.bits == type.bits && real.fields == type.real;
    });
    if (row == kReals.end() || type.kind != Class::real || type.bit_offset != 0)
        return std::nullopt;
    return row->scalar;
}

std::optional<Scalar> complex_of(const Datatype& part) {
    const auto scalar = real_of(part);
    if (scalar == Scalar::float16) return Scalar::complex32;
    if (scalar == Scalar::float32) return Scalar::complex64;
    if (scalar == Scalar::float64) return Scalar::complex128;
    return std::nullopt;
}

/// The half of a complex number: h5py's compound of r and i, or the class of HDF5 2.0.
const Datatype* complex_part(const Datatype& type) {
    if (type.kind == Class::complex) {
        const Datatype& part = type.base.front();
        return type.size == 2 * std::uint64_t{part.size} ? &part : nullptr;
    }
    if (type.kind != Class::compound || type.fields.size() != 2) return nullptr;
    const hdf5::Field& r = type.fields[0];
    const hdf5::Field& i = type.fields[1];
    const std::uint64_t half = r.type.size;
    const bool is_pair = r.name == "r" && i.name == "i" && r.offset == 0 && i.offset == half &&
                         i.type.size == half && type.size == 2 * half &&
                         r.type.big_endian == i.type.big_endian &&
                         real_of(r.type) == real_of(i.type);
    return is_pair ? &r.type : nullptr;
}

Result<Scalar> need(std::optional<Scalar> scalar, std::uint64_t offset) {
    if (!scalar) return Error{Errc::unknown_dtype, offset};
    return *scalar;
}

}  // namespace

bool is_extended(const Datatype& type) {
    return type.kind == Class::real && type.size == 16 && type.bits == 80 && type.bit_offset == 0 &&
           !type.big_endian && (type.real == kExtended || type.real == kExtendedAsWritten);
}

Result<std::optional<Scalar>> hdf5_scalar(const Datatype& type, std::uint64_t offset) {
    if (const Datatype* part = complex_part(type)) {
        if (const auto scalar = complex_of(*part)) return scalar;
    }
    switch (type.kind) {
        case Class::integer:
        case Class::bits: return std::optional(TRY(need(integer_of(type), offset)));
        case Class::real: return std::optional(TRY(need(real_of(type), offset)));
        case Class::enumeration:
            if (is_bool(type)) return std::optional(Scalar::boolean);
            return std::optional(TRY(need(integer_of(type.base.front()), offset)));
        case Class::compound: return std::optional<Scalar>();
        case Class::time:
        case Class::string:
        case Class::opaque:
        case Class::reference:
        case Class::variable:
        case Class::array:
        case Class::complex: break;
    }
    return Error{Errc::unsupported, offset};
}

}  // namespace pratique::loader
