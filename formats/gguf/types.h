// The two tables of numbers that GGUF files are made of: kinds of metadata values, and ggml's types
// of elements. Quantised types store `elements` values of a row together in a block of `bytes`.
//
// Source: ggml/include/gguf.h (gguf_type), ggml/include/ggml.h (ggml_type), ggml/src/ggml-common.h
// (the blocks).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pratique::gguf {

// X(id, enumerator, bytes of one value, 0 where that varies)
#define PRATIQUE_GGUF_KINDS(X) \
    X(0, uint8, 1)             \
    X(1, int8, 1)              \
    X(2, uint16, 2)            \
    X(3, int16, 2)             \
    X(4, uint32, 4)            \
    X(5, int32, 4)             \
    X(6, float32, 4)           \
    X(7, boolean, 1)           \
    X(8, string, 0)            \
    X(9, array, 0)             \
    X(10, uint64, 8)           \
    X(11, int64, 8)            \
    X(12, float64, 8)

enum class Kind : std::uint8_t {
#define PRATIQUE_ENUMERATOR(id, name, bytes) name = id,
    PRATIQUE_GGUF_KINDS(PRATIQUE_ENUMERATOR)
#undef PRATIQUE_ENUMERATOR
};
std::optional<Kind> kind_from(std::uint32_t id);
std::string_view name(Kind kind);
std::uint64_t size_of(Kind kind);

// X(id, name, elements of a block, bytes of a block). Numbers that are missing were given to types
// that ggml has taken back.
#define PRATIQUE_GGML_TYPES(X) \
    X(0, F32, 1, 4)            \
    X(1, F16, 1, 2)            \
    X(2, Q4_0, 32, 18)         \
    X(3, Q4_1, 32, 20)         \
    X(6, Q5_0, 32, 22)         \
    X(7, Q5_1, 32, 24)         \
    X(8, Q8_0, 32, 34)         \
    X(9, Q8_1, 32, 36)         \
    X(10, Q2_K, 256, 84)       \
    X(11, Q3_K, 256, 110)      \
    X(12, Q4_K, 256, 144)      \
    X(13, Q5_K, 256, 176)      \
    X(14, Q6_K, 256, 210)      \
    X(15, Q8_K, 256, 292)      \
    X(16, IQ2_XXS, 256, 66)    \
    X(17, IQ2_XS, 256, 74)     \
    X(18, IQ3_XXS, 256, 98)    \
    X(19, IQ1_S, 256, 50)      \
    X(20, IQ4_NL, 32, 18)      \
    X(21, IQ3_S, 256, 110)     \
    X(22, IQ2_S, 256, 82)      \
    X(23, IQ4_XS, 256, 136)    \
    X(24, I8, 1, 1)            \
    X(25, I16, 1, 2)           \
    X(26, I32, 1, 4)           \
    X(27, I64, 1, 8)           \
    X(28, F64, 1, 8)           \
    X(29, IQ1_M, 256, 56)      \
    X(30, BF16, 1, 2)          \
    X(34, TQ1_0, 256, 54)      \
    X(35, TQ2_0, 256, 66)      \
    X(39, MXFP4, 32, 17)       \
    X(40, NVFP4, 64, 36)       \
    X(41, Q1_0, 128, 18)       \
    X(42, Q2_0, 64, 18)

// NOLINTBEGIN(readability-identifier-naming): the names are ggml's
enum class Type : std::uint8_t {
#define PRATIQUE_ENUMERATOR(id, name, elements, bytes) name = id,
    PRATIQUE_GGML_TYPES(PRATIQUE_ENUMERATOR)
#undef PRATIQUE_ENUMERATOR
};
// NOLINTEND(readability-identifier-naming)

struct Block {
    std::string_view name;
    std::uint32_t elements = 1;
    std::uint32_t bytes = 1;
};

std::optional<Type> type_from(std::uint32_t id);
const Block& block_of(Type type);

}  // namespace pratique::gguf
