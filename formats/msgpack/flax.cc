#include "formats/msgpack/flax.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>

namespace pratique::flax {
namespace {

using msgpack::Item;
using msgpack::Kind;

constexpr std::size_t kMostDimensions = 64;
constexpr std::string_view kMarker = "__msgpack_chunked_array__";

/// An array or scalar holds a list of three, and its shape a number per dimension.
constexpr std::size_t kMostInside = 4 + kMostDimensions + 1;

Result<std::uint64_t> dimension(const Item& item) {
    if (item.kind != Kind::integer) return Error{Errc::bad_header, item.at};
    if (item.number > INT64_MAX) return Error{Errc::negative_length, item.at};
    return item.number;
}

/// The value of a key of a map that is item `map`, by its number.
std::optional<std::size_t> find(const std::vector<Item>& items, std::size_t map,
                                std::string_view key) {
    std::size_t at = map + 1;
    for (std::uint32_t i = 0; i < items[map].count; ++i) {
        const std::size_t value = items[at].end;
        if (items[at].is_text(key)) return value;
        at = items[value].end;
    }
    return std::nullopt;
}

bool has_text_keys(const std::vector<Item>& items, std::size_t map) {
    std::size_t key = map + 1;
    for (std::uint32_t i = 0; i < items[map].count; ++i) {
        if (items[key].kind != Kind::text) return false;
        key = items[items[key].end].end;
    }
    return true;
}

/// The values of a map that stands for a list: its keys are "0", "1", … without a gap. Errors:
/// bad_header, duplicate_key, missing_record.
Result<std::vector<std::size_t>> read_list(const std::vector<Item>& items, std::size_t map) {
    if (items[map].kind != Kind::map) return Error{Errc::bad_header, items[map].at};
    std::vector<std::size_t> out(items[map].count, 0);
    std::size_t at = map + 1;
    for (std::uint32_t i = 0; i < items[map].count; ++i) {
        const Item& key = items[at];
        const std::string_view digits = key.characters();
        const bool is_plain =
            key.kind == Kind::text && !digits.empty() && (digits.size() == 1 || digits[0] != '0');
        std::size_t place = 0;
        const char* end = std::to_address(digits.end());
        const auto [stop, failed] = std::from_chars(digits.data(), end, place);
        if (!is_plain || failed != std::errc{} || stop != end) {
            return Error{Errc::bad_header, key.at};
        }
        if (place >= out.size()) return Error{Errc::missing_record, key.at};
        if (out[place] != 0) return Error{Errc::duplicate_key, key.at};
        out[place] = key.end;
        at = items[key.end].end;
    }
    return out;
}

}  // namespace

Result<Array> read_array(const Item& extension) {
    const auto items = TRY(msgpack::read(extension.content, extension.content_at, kMostInside));
    const Error odd{Errc::bad_header, extension.content_at};
    if (items[0].kind != Kind::array || items[0].count != 3) return odd;
    const Item& shape = items[1];
    if (shape.kind != Kind::array) return odd;
    if (shape.count > kMostDimensions) return Error{Errc::limit_rank, shape.at};
    if (shape.end != 2 + shape.count) return odd;
    const Item& type = items[shape.end];
    const Item& elements = items[type.end];
    if (type.kind != Kind::text || elements.kind != Kind::bytes) return odd;
    Array out;
    for (std::size_t i = 2; i < shape.end; ++i) out.shape.push_back(TRY(dimension(items[i])));
    if (extension.type == kScalar && !out.shape.empty()) {
        return Error{Errc::size_mismatch, shape.at};
    }
    out.type = type.characters();
    out.type_at = type.content_at;
    out.elements = elements.content;
    out.elements_at = elements.content_at;
    return out;
}

Result<Complex> read_complex(const Item& extension) {
    const auto items = TRY(msgpack::read(extension.content, extension.content_at, 3));
    const bool is_pair = items.size() == 3 && items[0].kind == Kind::array &&
                         items[1].kind == Kind::real && items[2].kind == Kind::real;
    if (!is_pair) return Error{Errc::bad_header, extension.content_at};
    return Complex{items[1].real(), items[2].real()};
}

bool is_chunked(const std::vector<Item>& items, std::size_t map) {
    return items[map].kind == Kind::map && find(items, map, kMarker).has_value();
}

Result<Chunked> read_chunked(const std::vector<Item>& items, std::size_t map) {
    const auto shape = find(items, map, "shape");
    const auto chunks = find(items, map, "chunks");
    if (!shape || !chunks) return Error{Errc::missing_record, items[map].at};
    if (items[map].count != 3) return Error{Errc::bad_header, items[map].at};
    Chunked out;
    const auto extents = TRY(read_list(items, *shape));
    if (extents.size() > kMostDimensions) return Error{Errc::limit_rank, items[*shape].at};
    for (const std::size_t each : extents) out.shape.push_back(TRY(dimension(items[each])));
    for (const std::size_t each : TRY(read_list(items, *chunks))) {
        const Item& piece = items[each];
        if (piece.kind != Kind::extension || piece.type != kArray) {
            return Error{Errc::bad_header, piece.at};
        }
        out.pieces.push_back(TRY(read_array(piece)));
        const bool is_alike =
            out.pieces.back().shape.size() == 1 && out.pieces.back().type == out.pieces[0].type;
        if (!is_alike) return Error{Errc::bad_header, piece.at};
    }
    if (out.pieces.empty()) return Error{Errc::missing_record, items[*chunks].at};
    return out;
}

bool recognise(Bytes bytes) {
    if (bytes.empty()) return false;
    const auto lead = std::to_integer<unsigned>(bytes[0]);
    const bool is_map = (lead & 0xf0) == 0x80 || lead == 0xde || lead == 0xdf;
    const bool is_extension = lead >= 0xc7 && lead <= 0xc9;
    if (!is_map && !is_extension) return false;
    const auto items = msgpack::read(bytes);
    if (!items) return false;
    bool has_array = false;
    for (std::size_t i = 0; i < items->size(); ++i) {
        const Item& item = (*items)[i];
        if (item.kind == Kind::map && !has_text_keys(*items, i)) return false;
        const bool is_array = item.type == kArray || item.type == kScalar;
        if (item.kind != Kind::extension || !is_array) continue;
        if (!read_array(item)) return false;
        has_array = true;
    }
    return has_array;
}

}  // namespace pratique::flax
