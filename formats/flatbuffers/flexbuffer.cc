#include "formats/flatbuffers/flexbuffer.h"

#include <algorithm>
#include <bit>

#include "base/checked.h"

namespace pratique::flatbuffers {
namespace {

// Kinds of values.
constexpr unsigned kString = 5;
constexpr unsigned kVector = 10;
constexpr unsigned kBlob = 25;

constexpr std::uint64_t kMostElements = 64;

std::uint8_t u8_at(Bytes bytes, std::uint64_t at) {
    return std::to_integer<std::uint8_t>(bytes[at]);
}

/// A number of 1, 2, 4 or 8 bytes.
Result<std::uint64_t> number_at(Bytes bytes, std::uint64_t at, std::uint64_t width) {
    if (!std::has_single_bit(width) || width > 8) return Error{Errc::bad_header, at};
    if (!fits(at, width, bytes.size())) return Error{Errc::out_of_bounds, at};
    std::uint64_t out = 0;
    for (std::uint64_t i = width; i > 0; --i) out = out << 8 | u8_at(bytes, at + i - 1);
    return out;
}

/// Where the value at `at` leads: back.
Result<std::uint64_t> follow(Bytes bytes, std::uint64_t at, std::uint64_t width) {
    const std::uint64_t back = TRY(number_at(bytes, at, width));
    if (back > at) return Error{Errc::out_of_bounds, at};
    return at - back;
}

/// The number in front of what lies at `at`.
Result<std::uint64_t> count_of(Bytes bytes, std::uint64_t at, std::uint64_t width) {
    if (width > at) return Error{Errc::out_of_bounds, at};
    return number_at(bytes, at - width, width);
}

}  // namespace

Result<std::vector<std::string_view>> read_flex_texts(Bytes bytes) {
    if (bytes.size() < 3) return Error{Errc::truncated, 0};
    const std::uint64_t end = bytes.size() - 2;
    const std::uint64_t root_width = u8_at(bytes, end + 1);
    const unsigned type = u8_at(bytes, end);
    if (type >> 2 != kVector || root_width > end) return Error{Errc::bad_header, end};
    const std::uint64_t width = std::uint64_t{1} << (type & 3);
    const std::uint64_t elements = TRY(follow(bytes, end - root_width, root_width));
    const std::uint64_t count = TRY(count_of(bytes, elements, width));
    if (count > bytes.size() || !fits(elements, count * width + count, bytes.size())) {
        return Error{Errc::out_of_bounds, elements};
    }
    std::vector<std::string_view> out;
    for (std::uint64_t i = 0; i < std::min(count, kMostElements); ++i) {
        const unsigned each = u8_at(bytes, elements + count * width + i);
        if (each >> 2 != kString && each >> 2 != kBlob) continue;
        const std::uint64_t at = TRY(follow(bytes, elements + i * width, width));
        const std::uint64_t length = TRY(count_of(bytes, at, std::uint64_t{1} << (each & 3)));
        if (!fits(at, length, bytes.size())) return Error{Errc::out_of_bounds, at};
        out.push_back(text(bytes.subspan(at, length)));
    }
    return out;
}

}  // namespace pratique::flatbuffers
