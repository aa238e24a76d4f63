#include "formats/tensorbundle/bundle.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/checked.h"
#include "formats/protobuf/wire.h"

namespace pratique::tensorbundle {
namespace {

using protobuf::Field;
using protobuf::Message;
using protobuf::Once;

constexpr std::size_t kMostDimensions = 64;
constexpr std::int32_t kVersion = 1;  ///< what TensorFlow's own reader calls itself
constexpr std::uint64_t kMostShards = 100'000;
constexpr std::uint64_t kMostExtent = (std::uint64_t{1} << 55) - 1;

constexpr std::array kTypes = std::to_array<ElementType>({
    {1, "float32", 4},        {2, "float64", 8},      {3, "int32", 4},    {4, "uint8", 1},
    {5, "int16", 2},          {6, "int8", 1},         {7, "string", 0},   {8, "complex64", 8},
    {9, "int64", 8},          {10, "bool", 1},        {11, "qint8", 1},   {12, "quint8", 1},
    {13, "qint32", 4},        {14, "bfloat16", 2},    {15, "qint16", 2},  {16, "quint16", 2},
    {17, "uint16", 2},        {18, "complex128", 16}, {19, "float16", 2}, {20, "resource", 0},
    {21, "variant", 0},       {22, "uint32", 4},      {23, "uint64", 8},  {24, "float8_e5m2", 1},
    {25, "float8_e4m3fn", 1}, {29, "int4", 1},        {30, "uint4", 1},
});

/// A number that counts something, of at most `most`.
Result<std::uint64_t> read_count(const Field& field, std::uint64_t most = INT64_MAX) {
    const std::uint64_t value = TRY(field.varint());
    if (value > INT64_MAX) return Error{Errc::negative_length, field.at};
    if (value > most) return Error{Errc::out_of_bounds, field.at};
    return value;
}

Status read_header(Bytes bytes, Bundle& out) {
    Message message(bytes);
    Once once;
    while (const auto field = TRY(message.next())) {
        TRY(once.see(*field));
        if (field->number == 1) {
            out.shards = static_cast<std::uint32_t>(TRY(read_count(*field, kMostShards)));
        }
        if (field->number == 2) {
            const std::int32_t order = TRY(field->int32());
            if (order != 0 && order != 1) return Error{Errc::bad_header, field->at};
            out.big_endian = order == 1;
        }
        if (field->number != 3) continue;
        Message version = TRY(Message::in(*field));
        while (const auto part = TRY(version.next())) {
            if (part->number == 1) out.producer = TRY(part->int32());
            if (part->number == 2) out.min_consumer = TRY(part->int32());
        }
    }
    if (out.min_consumer > kVersion) return Error{Errc::unsupported, 0};
    if (out.shards == 0) return Error{Errc::bad_header, 0};
    return {};
}

/// TensorShapeProto.
Status read_shape(const Field& outer, std::vector<std::uint64_t>& shape) {
    Message message = TRY(Message::in(outer));
    while (const auto field = TRY(message.next())) {
        if (field->number == 3 && TRY(field->varint()) != 0) {
            return Error{Errc::unsupported, field->at};
        }
        if (field->number != 2) continue;
        if (shape.size() == kMostDimensions) return Error{Errc::limit_rank, field->at};
        std::uint64_t extent = 0;
        Message dimension = TRY(Message::in(*field));
        while (const auto part = TRY(dimension.next())) {
            if (part->number == 1) extent = TRY(read_count(*part));
        }
        shape.push_back(extent);
    }
    return {};
}

/// TensorSliceProto.
Result<Slice> read_slice(const Field& outer) {
    Slice out;
    Message message = TRY(Message::in(outer));
    while (const auto field = TRY(message.next())) {
        if (field->number != 1) continue;
        if (out.size() == kMostDimensions) return Error{Errc::limit_rank, field->at};
        Extent& extent = out.emplace_back();
        Message parts = TRY(Message::in(*field));
        while (const auto part = TRY(parts.next())) {
            if (part->number == 1) extent.start = TRY(read_count(*part, kMostExtent));
            if (part->number == 2) extent.length = TRY(read_count(*part, kMostExtent));
        }
    }
    return out;
}

/// `slices_left` is how many slices there may still be in the whole index.
Status read_field(const Field& field, const Bundle& bundle, std::uint64_t& slices_left,
                  BundleEntry& out) {
    switch (field.number) {
        case 1:
            out.type = element_type(TRY(field.int32()));
            if (out.type == nullptr) return Error{Errc::unknown_dtype, field.at};
            return {};
        case 2: return read_shape(field, out.shape);
        case 3:
            out.shard = static_cast<std::uint32_t>(TRY(read_count(field, bundle.shards - 1)));
            return {};
        case 4: out.offset = TRY(read_count(field)); return {};
        case 5: out.size = TRY(read_count(field)); return {};
        case 6: out.crc32c = TRY(field.fixed32()); return {};
        case 7:
            if (slices_left-- == 0) return Error{Errc::missing_record, field.at};
            out.slices.push_back(TRY(read_slice(field)));
            return {};
        default: return {};
    }
}

Status read_entry(Bytes value, const Bundle& bundle, std::uint64_t& slices_left, BundleEntry& out) {
    Message message(value);
    Once once;
    while (const auto field = TRY(message.next())) {
        if (field->number != 7) TRY(once.see(*field));
        TRY(read_field(*field, bundle, slices_left, out));
    }
    if (out.type == nullptr) return Error{Errc::unknown_dtype, 0};
    std::uint64_t expected = out.type->bytes;
    const bool is_empty = std::find(out.shape.begin(), out.shape.end(), 0U) != out.shape.end();
    if (is_empty) expected = 0;
    for (const std::uint64_t extent : out.shape) {
        if (!is_empty) expected = TRY(checked_mul(expected, extent));
    }
    TRY(checked_add(out.offset, out.size));
    if (out.type->bytes != 0 && out.slices.empty() && expected != out.size) {
        return Error{Errc::size_mismatch, 0};
    }
    return {};
}

/// An error inside a value is one of the block, which may have been compressed.
Status in_block(Status status, std::uint64_t at) {
    if (!status) return Error{status.error().code, at};
    return {};
}

void put_be(std::string& out, std::uint64_t number, unsigned bytes) {
    for (unsigned i = bytes; i-- > 0;) out += static_cast<char>(number >> (8 * i) & 0xff);
}

// OrderedCode: texts and numbers in a form that sorts as they do.

/// Of 00 and ff, which mark the end, each gets a second byte.
void put_ordered(std::string& out, std::string_view characters) {
    for (const char c : characters) {
        out += c;
        if (c == '\0') out += '\xff';
        if (c == '\xff') out += '\0';
    }
    out.append("\0\1", 2);
}

/// How many bytes it takes, and these.
void put_ordered(std::string& out, std::uint64_t number) {
    const auto bytes = static_cast<unsigned>((std::bit_width(number) + 7) / 8);
    out += static_cast<char>(bytes);
    put_be(out, number, bytes);
}

/// As many bits set in front as it takes bytes, and the number, which is not negative. Eight bytes
/// hold all that read_slice() lets pass.
void put_ordered_signed(std::string& out, std::uint64_t number) {
    const auto bytes = static_cast<unsigned>(std::bit_width(number) / 7 + 1);
    const std::uint64_t marks = (std::uint64_t{0xff00} >> bytes & 0xff) << (8 * (bytes - 1));
    put_be(out, number ^ marks, bytes);
}

}  // namespace

const ElementType* element_type(std::int32_t number) {
    const auto* found = std::find_if(kTypes.begin(), kTypes.end(), [&](const ElementType& type) {
        return type.number == number;
    });
    return found == kTypes.end() ? nullptr : found;
}

const BundleEntry* Bundle::find(std::string_view key) const {
    const auto found = std::lower_bound(
        entries.begin(), entries.end(), key,
        [](const BundleEntry& entry, std::string_view k) { return entry.key < k; });
    return found == entries.end() || found->key != key ? nullptr : &*found;
}

Result<Bundle> read_bundle(Bytes index, const Limits& limits) {
    Bundle out;
    out.table = TRY(read_table(index, limits));
    const std::vector<Entry>& rows = out.table.entries;
    if (rows.empty() || !rows[0].key.empty()) return Error{Errc::missing_record, 0};
    TRY(in_block(read_header(rows[0].value, out), rows[0].at));
    // Each slice has an entry of its own. A few bytes name one, and readers compare them by pairs.
    std::uint64_t slices_left = rows.size();
    for (const Entry& row : rows) {
        if (row.key.empty()) continue;
        BundleEntry entry;
        entry.key = row.key;
        entry.at = row.at;
        TRY(in_block(read_entry(row.value, out, slices_left, entry), row.at));
        out.entries.push_back(std::move(entry));
    }
    return out;
}

std::string slice_key(std::string_view name, const Slice& slice) {
    std::string out;
    put_ordered(out, std::uint64_t{0});
    put_ordered(out, name);
    put_ordered(out, std::uint64_t{slice.size()});
    for (const Extent& extent : slice) {
        put_ordered_signed(out, extent.length ? extent.start : 0);
        if (extent.length) {
            put_ordered_signed(out, *extent.length);
        } else {
            out += '\x7f';  // -1
        }
    }
    return out;
}

std::optional<std::string> shard_name(std::string_view index_name, std::uint32_t shard,
                                      std::uint32_t shards) {
    constexpr std::string_view kEnd = ".index";
    if (!index_name.ends_with(kEnd) || index_name.size() == kEnd.size()) return std::nullopt;
    const auto five = [](std::uint32_t number) {
        std::string digits = std::to_string(number);
        return std::string(5 - std::min<std::size_t>(5, digits.size()), '0') + digits;
    };
    index_name.remove_suffix(kEnd.size());
    return std::string(index_name) + ".data-" + five(shard) + "-of-" + five(shards);
}

}  // namespace pratique::tensorbundle
