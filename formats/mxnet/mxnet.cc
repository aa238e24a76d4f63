#include "formats/mxnet/mxnet.h"

#include <array>
#include <optional>

#include "base/checked.h"
#include "base/reader.h"

namespace pratique::mxnet {
namespace {

using namespace std::string_view_literals;

constexpr std::uint64_t kMagic = 0x112;
constexpr std::uint32_t kWithoutKind = 0xf993fac8;
constexpr std::uint32_t kWithKind = 0xf993fac9;
constexpr std::uint32_t kWithNumpyShape = 0xf993faca;
constexpr std::uint32_t kMostDimensions = 64;

/// float32, float64, float16, uint8, int32, int8, int64, bool, int16, uint16, uint32, uint64,
/// bfloat16.
constexpr std::array<std::uint64_t, 13> kElement{4, 8, 2, 1, 4, 1, 8, 1, 2, 2, 4, 8, 2};

/// The product of the dimensions; nothing for an array that was never given a shape.
Result<std::optional<std::uint64_t>> read_shape(Reader& in, bool numpy) {
    const std::uint64_t at = in.offset();
    const auto dimensions = TRY(in.le<std::uint32_t>());
    if (dimensions == (numpy ? UINT32_MAX : 0)) return std::optional<std::uint64_t>();
    if (dimensions > kMostDimensions) return Error{Errc::limit_rank, at};
    std::uint64_t items = 1;
    for (std::uint32_t i = 0; i < dimensions; ++i) {
        const auto extent = TRY(in.le<std::uint64_t>());
        if (extent > INT64_MAX) return Error{Errc::negative_length, at};
        items = TRY(checked_mul(items, extent, at));
    }
    return std::optional<std::uint64_t>(items);
}

Status skip_array(Reader& in) {
    const std::uint64_t at = in.offset();
    const auto magic = TRY(in.le<std::uint32_t>());
    const bool has_kind = magic == kWithKind || magic == kWithNumpyShape;
    if (!has_kind && magic != kWithoutKind) return Error{Errc::unsupported, at};
    if (has_kind && TRY(in.le<std::uint32_t>()) != 0) return Error{Errc::unsupported, at};
    const auto items = TRY(read_shape(in, magic == kWithNumpyShape));
    if (!items) return {};
    TRY(in.skip(4 + 4));
    const auto type = TRY(in.le<std::uint32_t>());
    if (type >= kElement.size()) return Error{Errc::unsupported, in.offset() - 4};
    return in.skip(TRY(checked_mul(*items, kElement[type], at)));
}

}  // namespace

bool recognise(Bytes bytes) { return starts_with(bytes, "\x12\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0"sv); }

Result<std::uint64_t> measure(Bytes bytes) {
    Reader in(bytes);
    if (TRY(in.le<std::uint64_t>()) != kMagic) return Error{Errc::bad_magic, 0};
    TRY(in.skip(8));
    const auto arrays = TRY(in.le<std::uint64_t>());
    for (std::uint64_t i = 0; i < arrays; ++i) TRY(skip_array(in));
    const std::uint64_t at = in.offset();
    const auto names = TRY(in.le<std::uint64_t>());
    if (names != 0 && names != arrays) return Error{Errc::size_mismatch, at};
    for (std::uint64_t i = 0; i < names; ++i) TRY(in.skip(TRY(in.le<std::uint64_t>())));
    return in.offset();
}

}  // namespace pratique::mxnet
