// The pairs of the metadata: where lengths and counts stand one behind the other, and each decides
// where the next one is.

#include <algorithm>
#include <bit>
#include <tuple>

#include "base/checked.h"
#include "base/text.h"
#include "formats/gguf/cursor.h"

namespace pratique::gguf {
namespace {

constexpr std::string_view kAlignment = "general.alignment";

/// Fewest bytes that a pair takes: an empty key, its kind, a value of one byte.
constexpr std::uint64_t kSmallestPair = 4 + 4 + 1;

/// The number in the lowest `bytes` bytes with its sign spread over the rest.
std::uint64_t extend_sign(std::uint64_t number, std::uint64_t bytes) {
    const std::uint64_t sign = std::uint64_t{1} << (8 * bytes - 1);
    return (number ^ sign) - sign;
}

bool is_signed(Kind kind) {
    return kind == Kind::int8 || kind == Kind::int16 || kind == Kind::int32 || kind == Kind::int64;
}

/// Steps over the items of an array of strings, each of which must lie in the file.
Status skip_strings(Cursor& cursor, std::uint64_t count, File& out) {
    for (std::uint64_t i = 0; i < count; ++i) {
        if (!is_utf8(TRY(cursor.string()))) ++out.odd_texts;
    }
    return {};
}

Status check_booleans(Bytes items, std::uint64_t offset) {
    const auto odd = std::find_if(items.begin(), items.end(),
                                  [](std::byte b) { return std::to_integer<unsigned>(b) > 1; });
    if (odd == items.end()) return {};
    return Error{Errc::bad_number, offset + static_cast<std::uint64_t>(odd - items.begin())};
}

Result<Value> read_array(Cursor& cursor, File& out) {
    Value value;
    value.kind = Kind::array;
    const std::uint64_t at = cursor.offset();
    const auto item = kind_from(TRY(cursor.u32()));
    if (!item || *item == Kind::array) return Error{Errc::bad_header, at};
    value.item = *item;
    const std::uint64_t at_count = cursor.offset();
    value.count = TRY(cursor.count());
    const std::uint64_t smallest = *item == Kind::string ? sizeof(std::uint32_t) : size_of(*item);
    const std::uint64_t bytes = TRY(checked_mul(value.count, smallest, at_count));
    if (bytes > INT64_MAX) return Error{Errc::overflow, at_count};
    if (value.count > kMostItems) return Error{Errc::limit_nodes, at_count};
    if (bytes > cursor.left()) return Error{Errc::truncated, at_count};
    const std::uint64_t start = cursor.offset();
    const Bytes rest = cursor.in().rest();
    if (*item == Kind::string) {
        TRY(skip_strings(cursor, value.count, out));
    } else {
        TRY(cursor.in().skip(bytes));
    }
    value.items = rest.first(rest.size() - cursor.left());
    if (*item == Kind::boolean) TRY(check_booleans(value.items, start));
    return value;
}

Result<Value> read_value(Cursor& cursor, Kind kind, File& out) {
    if (kind == Kind::array) return read_array(cursor, out);
    const std::uint64_t at = cursor.offset();
    const Value value = TRY(cursor.scalar(kind));
    if (!is_utf8(value.text)) return Error{Errc::bad_text, at};
    return value;
}

Result<std::string_view> read_key(Cursor& cursor) {
    const std::uint64_t at = cursor.offset();
    const std::string_view key = TRY(cursor.string());
    if (key.empty() || key.size() > kLongestKey || key.find('\0') != std::string_view::npos) {
        return Error{Errc::bad_name, at};
    }
    if (!is_utf8(key)) return Error{Errc::bad_text, at};
    return key;
}

Status take_alignment(const Pair& pair, File& out) {
    const std::uint64_t alignment = pair.value.number;
    if (pair.value.kind != Kind::uint32 || !std::has_single_bit(alignment)) {
        return Error{Errc::bad_header, pair.offset};
    }
    out.alignment = alignment;
    return {};
}

}  // namespace

Result<std::uint64_t> Cursor::count() {
    if (version_ == 1) return std::uint64_t{TRY(u32())};
    const std::uint64_t at = offset();
    const std::uint64_t number = TRY(u64());
    if (number > INT64_MAX) return Error{Errc::negative_length, at};
    return number;
}

Result<std::string_view> Cursor::string() {
    const std::uint64_t at = offset();
    // A length is unsigned where a count is not.
    const std::uint64_t length = version_ == 1 ? std::uint64_t{TRY(u32())} : TRY(u64());
    if (length > INT64_MAX) return Error{Errc::overflow, at};
    if (length > left()) return Error{Errc::truncated, at};
    return text(TRY(in_.take(length)));
}

Result<Value> Cursor::scalar(Kind kind) {
    Value value;
    value.kind = kind;
    if (kind == Kind::string) {
        value.text = TRY(string());
        return value;
    }
    const std::uint64_t at = offset();
    const std::uint64_t bytes = size_of(kind);
    switch (bytes) {
        case 1: value.number = TRY(in_.u8()); break;
        case 2: value.number = TRY(number<std::uint16_t>()); break;
        case 4: value.number = TRY(u32()); break;
        default: value.number = TRY(u64()); break;
    }
    if (is_signed(kind)) value.number = extend_sign(value.number, bytes);
    if (kind == Kind::boolean && value.number > 1) return Error{Errc::bad_number, at};
    return value;
}

Status read_pairs(Cursor& cursor, std::uint64_t count, File& out) {
    if (count > cursor.left() / kSmallestPair) return Error{Errc::truncated, cursor.offset()};
    std::vector<Named> names;
    for (std::uint64_t i = 0; i < count; ++i) {
        Pair pair{.key = {}, .value = {}, .offset = cursor.offset()};
        pair.key = TRY(read_key(cursor));
        const std::uint64_t at = cursor.offset();
        const auto kind = kind_from(TRY(cursor.u32()));
        if (!kind) return Error{Errc::bad_header, at};
        pair.value = TRY(read_value(cursor, *kind, out));
        if (pair.key == kAlignment) TRY(take_alignment(pair, out));
        names.push_back({pair.key, pair.offset});
        out.pairs.push_back(pair);
    }
    return check_unique(std::move(names));
}

Status check_unique(std::vector<Named> names) {
    std::sort(names.begin(), names.end(), [](const Named& a, const Named& b) {
        return std::tie(a.name, a.offset) < std::tie(b.name, b.offset);
    });
    const auto twice =
        std::adjacent_find(names.begin(), names.end(),
                           [](const Named& a, const Named& b) { return a.name == b.name; });
    if (twice == names.end()) return {};
    return Error{Errc::duplicate_key, std::next(twice)->offset};
}

std::vector<Value> first_items(const File& file, const Value& array, std::size_t most) {
    std::vector<Value> out;
    Cursor cursor(Reader(array.items), file.version, file.big_endian);
    while (out.size() < most && out.size() < array.count) {
        auto item = cursor.scalar(array.item);
        if (!item) break;
        out.push_back(*item);
    }
    return out;
}

}  // namespace pratique::gguf
