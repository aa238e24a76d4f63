#include "formats/protobuf/wire.h"

#include <algorithm>
#include <limits>

namespace pratique::protobuf {
namespace {

constexpr std::uint64_t kMostNumber = (1U << 29) - 1;

/// How long a number of a fixed size is; 0 for those that vary.
std::uint64_t fixed_size(Wire wire) {
    return wire == Wire::fixed64 ? 8 : wire == Wire::fixed32 ? 4 : 0;
}

Result<std::uint64_t> read_number(Reader& in, Wire wire) {
    if (wire == Wire::fixed64) return in.le<std::uint64_t>();
    if (wire == Wire::fixed32) return std::uint64_t{TRY(in.le<std::uint32_t>())};
    return read_varint(in);
}

}  // namespace

Result<std::uint64_t> read_varint(Reader& in) {
    const std::uint64_t at = in.offset();
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        const std::uint64_t byte = TRY(in.u8());
        // The tenth byte has room for one bit.
        if (shift == 63 && byte > 1) return Error{Errc::bad_number, at};
        value |= (byte & 0x7f) << shift;
        if (byte < 0x80) return value;
    }
    return Error{Errc::bad_number, at};
}

Result<std::uint64_t> Field::varint() const {
    if (wire != Wire::varint) return Error{Errc::bad_header, at};
    return value;
}

Result<std::int64_t> Field::int64() const { return static_cast<std::int64_t>(TRY(varint())); }

Result<std::int32_t> Field::int32() const {
    const std::int64_t wide = TRY(int64());
    if (wide < std::numeric_limits<std::int32_t>::min() ||
        wide > std::numeric_limits<std::int32_t>::max()) {
        return Error{Errc::bad_number, at};
    }
    return static_cast<std::int32_t>(wide);
}

Result<std::uint32_t> Field::fixed32() const {
    if (wire != Wire::fixed32) return Error{Errc::bad_header, at};
    return static_cast<std::uint32_t>(value);
}

Result<Bytes> Field::bytes() const {
    if (wire != Wire::bytes) return Error{Errc::bad_header, at};
    return content;
}

Result<Message> Message::in(const Field& field) {
    return Message(TRY(field.bytes()), field.content_at);
}

Result<std::optional<Field>> Message::next() {
    if (in_.at_end()) return std::optional<Field>{};
    Field out;
    out.at = in_.offset();
    const std::uint64_t tag = TRY(read_varint(in_));
    const std::uint64_t number = tag >> 3;
    if (number == 0 || number > kMostNumber) return Error{Errc::bad_number, out.at};
    out.number = static_cast<std::uint32_t>(number);
    switch (tag & 7) {
        case 0:
        case 1:
        case 5:
            out.wire = static_cast<Wire>(tag & 7);
            out.value = TRY(read_number(in_, out.wire));
            break;
        case 2: {
            out.wire = Wire::bytes;
            const std::uint64_t length = TRY(read_varint(in_));
            out.content_at = in_.offset();
            out.content = TRY(in_.take(length));
            break;
        }
        case 3:
        case 4: return Error{Errc::unsupported, out.at};
        default: return Error{Errc::bad_header, out.at};
    }
    return std::optional<Field>{out};
}

Result<std::optional<Field>> Message::next_bytes() {
    for (;;) {
        auto field = TRY(next());
        if (!field || field->wire == Wire::bytes) return field;
    }
}

Result<Numbers> Numbers::in(const Field& field, Wire wire) {
    if (field.wire == Wire::bytes) return Numbers(wire, Reader(field.content, field.content_at));
    if (field.wire != wire) return Error{Errc::bad_header, field.at};
    Numbers out(wire, Reader(Bytes{}, field.at));
    out.single_ = field.value;
    return out;
}

Result<std::optional<std::uint64_t>> Numbers::next() {
    if (single_) {
        const std::optional<std::uint64_t> out = single_;
        single_.reset();
        return out;
    }
    if (packed_.at_end()) return std::optional<std::uint64_t>{};
    return std::optional{TRY(read_number(packed_, wire_))};
}

Result<std::size_t> Numbers::read(std::span<std::uint64_t> out) {
    if (wire_ == Wire::varint && !single_) return read_varints(out);
    std::size_t count = 0;
    for (std::uint64_t& number : out) {
        const auto found = TRY(next());
        if (!found) break;
        number = *found;
        ++count;
    }
    return count;
}

/// As read_varint() reads them, but for a million of them: byte by byte, not number by number.
Result<std::size_t> Numbers::read_varints(std::span<std::uint64_t> out) {
    std::size_t count = 0;
    std::uint64_t value = 0;
    unsigned shift = 0;
    std::uint64_t length = 0;
    std::uint64_t used = 0;
    for (const std::byte each : packed_.rest()) {
        if (count == out.size()) break;
        const auto byte = std::to_integer<std::uint64_t>(each);
        if (shift > 63 || (shift == 63 && byte > 1)) {
            return Error{Errc::bad_number, packed_.offset() + used};
        }
        value |= (byte & 0x7f) << shift;
        ++length;
        shift += 7;
        if (byte >= 0x80) continue;
        out[count++] = value;
        used += length;
        value = shift = 0;
        length = 0;
    }
    if (count < out.size() && length != 0) {
        return Error{Errc::truncated, packed_.offset() + used + length};
    }
    TRY(packed_.skip(used));
    return count;
}

Result<std::uint64_t> Numbers::count() const {
    const Bytes rest = packed_.rest();
    const Error cut{Errc::truncated, packed_.offset()};
    if (const std::uint64_t size = fixed_size(wire_); size != 0) {
        if (rest.size() % size != 0) return cut;
        return rest.size() / size + (single_ ? 1 : 0);
    }
    if (!rest.empty() && (rest.back() & std::byte{0x80}) != std::byte{}) return cut;
    const auto ends = std::count_if(
        rest.begin(), rest.end(), [](std::byte b) { return (b & std::byte{0x80}) == std::byte{}; });
    return static_cast<std::uint64_t>(ends) + (single_ ? 1 : 0);
}

}  // namespace pratique::protobuf
