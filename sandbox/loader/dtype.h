// What one element of a tensor is, whatever the format that it came from. One table holds every
// plain type with its spelling in reports, its size, and its names in the formats that are written;
// what has no row there (records, fixed text, quantised blocks) is known by its text and its size.
//
// Spellings: those of torch and NumPy where both agree; "bytes4", "utf32x3", "void8", "M8[ns]",
// "longdouble128", "struct:[('a', '<i4'), …]", "object" for NumPy's others; "ggml:Q4_0" for blocks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pratique::loader {

// X(enumerator, spelling, elements of a group, bytes of a group, NumPy's type, safetensors' name).
// A group is one element, or as many as fill whole bytes.
#define PRATIQUE_SCALARS(X)                                        \
    X(boolean, "bool", 1, 1, "|b1", "BOOL")                        \
    X(uint8, "uint8", 1, 1, "|u1", "U8")                           \
    X(int8, "int8", 1, 1, "|i1", "I8")                             \
    X(uint16, "uint16", 1, 2, "<u2", "U16")                        \
    X(int16, "int16", 1, 2, "<i2", "I16")                          \
    X(uint32, "uint32", 1, 4, "<u4", "U32")                        \
    X(int32, "int32", 1, 4, "<i4", "I32")                          \
    X(uint64, "uint64", 1, 8, "<u8", "U64")                        \
    X(int64, "int64", 1, 8, "<i8", "I64")                          \
    X(float16, "float16", 1, 2, "<f2", "F16")                      \
    X(bfloat16, "bfloat16", 1, 2, "", "BF16")                      \
    X(float32, "float32", 1, 4, "<f4", "F32")                      \
    X(float64, "float64", 1, 8, "<f8", "F64")                      \
    X(complex32, "complex32", 1, 4, "", "")                        \
    X(complex64, "complex64", 1, 8, "<c8", "C64")                  \
    X(complex128, "complex128", 1, 16, "<c16", "")                 \
    X(float8_e4m3fn, "float8_e4m3fn", 1, 1, "", "F8_E4M3")         \
    X(float8_e5m2, "float8_e5m2", 1, 1, "", "F8_E5M2")             \
    X(float8_e4m3fnuz, "float8_e4m3fnuz", 1, 1, "", "F8_E4M3FNUZ") \
    X(float8_e5m2fnuz, "float8_e5m2fnuz", 1, 1, "", "F8_E5M2FNUZ") \
    X(float8_e8m0fnu, "float8_e8m0fnu", 1, 1, "", "F8_E8M0")       \
    X(float8_e4m3, "float8_e4m3", 1, 1, "", "")                    \
    X(float8_e3m4, "float8_e3m4", 1, 1, "", "")                    \
    X(float8_e4m3b11fnuz, "float8_e4m3b11fnuz", 1, 1, "", "")      \
    X(float6_e2m3fn, "float6_e2m3fn", 4, 3, "", "F6_E2M3")         \
    X(float6_e3m2fn, "float6_e3m2fn", 4, 3, "", "F6_E3M2")         \
    X(float4_e2m1fn, "float4_e2m1fn", 2, 1, "", "F4")              \
    X(float4_e2m1fn_x2, "float4_e2m1fn_x2", 1, 1, "", "")          \
    X(int4, "int4", 2, 1, "", "")                                  \
    X(uint4, "uint4", 2, 1, "", "")                                \
    X(int2, "int2", 4, 1, "", "")                                  \
    X(uint2, "uint2", 4, 1, "", "")                                \
    X(qint8, "qint8", 1, 1, "", "")                                \
    X(quint8, "quint8", 1, 1, "", "")                              \
    X(qint32, "qint32", 1, 4, "", "")                              \
    X(qint16, "qint16", 1, 2, "", "")                              \
    X(quint16, "quint16", 1, 2, "", "")                            \
    X(quint4x2, "quint4x2", 2, 1, "", "")                          \
    X(quint2x4, "quint2x4", 4, 1, "", "")                          \
    X(bits8, "bits8", 1, 1, "", "")                                \
    X(bits16, "bits16", 1, 2, "", "")                              \
    X(bits1x8, "bits1x8", 1, 1, "", "")                            \
    X(bits2x4, "bits2x4", 1, 1, "", "")                            \
    X(bits4x2, "bits4x2", 1, 1, "", "")

enum class Scalar : std::uint8_t {
#define PRATIQUE_ENUMERATOR(name, ...) name,
    PRATIQUE_SCALARS(PRATIQUE_ENUMERATOR)
#undef PRATIQUE_ENUMERATOR
        other,  // known by its text
};

/// A type: `group` elements take `bytes` bytes. An array of n elements takes ceil(n / group) ×
/// bytes; where `group` is above 1, elements lie one behind the other and have no strides.
struct Dtype {
    Scalar scalar = Scalar::other;
    std::uint32_t group = 1;
    std::uint64_t bytes = 0;
    std::string text;  ///< the spelling, of `other` only

    /// A plain type.
    Dtype(Scalar plain);  // NOLINT(*-explicit-*): a Scalar is a Dtype
    /// A type without a row of its own.
    static Dtype other(std::string text, std::uint64_t bytes, std::uint32_t group = 1);
    /// Python objects: no bytes at all.
    static Dtype object() { return other("object", 0); }

    bool is_object() const { return scalar == Scalar::other && bytes == 0 && text == "object"; }
    std::string_view name() const;
    /// Bytes of `count` elements. Errors: overflow.
    Result<std::uint64_t> size_of(std::uint64_t count, std::uint64_t offset = 0) const;

    friend bool operator==(const Dtype&, const Dtype&) = default;

private:
    Dtype() = default;
};

/// The plain type of this spelling.
std::optional<Scalar> scalar_named(std::string_view spelling);
/// The plain type of this name in safetensors headers.
std::optional<Scalar> scalar_of_safetensors(std::string_view name);
/// Empty if the format has no such type.
std::string_view safetensors_name(const Dtype& dtype);
/// The `descr` of an .npy header, as a Python literal ("'<f4'", "[('a', '<i4')]"). Empty if NumPy
/// has no such type; types that only ml_dtypes knows are among these. Without the marks of h5py's
/// on types inside a record, which headers cannot hold.
std::string numpy_descr(const Dtype& dtype);
/// Bytes of the numbers inside one element that a byte order applies to (a complex number has two
/// of them): 1 where order does not matter.
std::uint64_t swap_unit(Scalar scalar);

}  // namespace pratique::loader
