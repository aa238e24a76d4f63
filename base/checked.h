// Arithmetic on numbers that a file chose. Each function either gives the exact result or an
// overflow error; no caller adds or multiplies such numbers by hand.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>

#include "base/result.h"

namespace pratique {

template <std::unsigned_integral T>
Result<T> checked_add(T a, T b, std::uint64_t offset = 0) {
    T sum{};
    if (__builtin_add_overflow(a, b, &sum)) return Error{Errc::overflow, offset};
    return sum;
}

template <std::unsigned_integral T>
Result<T> checked_mul(T a, T b, std::uint64_t offset = 0) {
    T product{};
    if (__builtin_mul_overflow(a, b, &product)) return Error{Errc::overflow, offset};
    return product;
}

/// The largest T instead of an overflow: for numbers that only feed a comparison with a limit.
template <std::unsigned_integral T>
T saturating_add(T a, T b) {
    T sum{};
    return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<T>::max() : sum;
}

template <std::unsigned_integral T>
T saturating_mul(T a, T b) {
    T product{};
    return __builtin_mul_overflow(a, b, &product) ? std::numeric_limits<T>::max() : product;
}

/// True if [offset, offset + count) lies inside [0, size), in the form that cannot overflow.
constexpr bool fits(std::uint64_t offset, std::uint64_t count, std::uint64_t size) {
    return offset <= size && count <= size - offset;
}

}  // namespace pratique
