#include "formats/msgpack/document.h"

#include <bit>

#include "base/reader.h"
#include "base/text.h"

namespace pratique::msgpack {
namespace {

/// The number of `bytes` bytes, 1, 2, 4 or 8, that comes next.
Result<std::uint64_t> read_be(Reader& in, unsigned bytes) {
    if (bytes == 1) return std::uint64_t{TRY(in.u8())};
    if (bytes == 2) return std::uint64_t{TRY(in.be<std::uint16_t>())};
    if (bytes == 4) return std::uint64_t{TRY(in.be<std::uint32_t>())};
    return in.be<std::uint64_t>();
}

std::uint64_t sign_extend(std::uint64_t number, unsigned bytes) {
    const unsigned shift = 64 - 8 * bytes;
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(number << shift) >> shift);
}

Status take_content(Reader& in, Item& item, std::uint64_t length) {
    item.content_at = in.offset();
    item.content = TRY(in.take(length));
    if (item.kind == Kind::text && !is_utf8(item.characters())) {
        return Error{Errc::bad_text, item.content_at};
    }
    return {};
}

Status take_extension(Reader& in, Item& item, std::uint64_t length) {
    item.type = std::bit_cast<std::int8_t>(TRY(in.u8()));
    return take_content(in, item, length);
}

/// Every item takes a byte at least, so a count is never believed beyond the bytes left.
Status take_count(Reader& in, Item& item, std::uint64_t count) {
    const std::uint64_t items = item.kind == Kind::map ? 2 * count : count;
    if (items > in.left()) return Error{Errc::truncated, item.at};
    item.count = static_cast<std::uint32_t>(count);
    return {};
}

/// ca … d3.
Status read_number(Reader& in, unsigned lead, Item& item) {
    if (lead <= 0xcb) {
        item.kind = Kind::real;
        const bool is_short = lead == 0xca;
        item.number = TRY(read_be(in, is_short ? 4 : 8));
        if (!is_short) return {};
        const auto bits = static_cast<std::uint32_t>(item.number);
        item.number = std::bit_cast<std::uint64_t>(double{std::bit_cast<float>(bits)});
        return {};
    }
    const bool is_signed = lead >= 0xd0;
    const unsigned bytes = 1U << (lead & 3);
    item.number = TRY(read_be(in, bytes));
    if (is_signed) item.number = sign_extend(item.number, bytes);
    item.kind = !is_signed && item.number > INT64_MAX ? Kind::unsigned_integer : Kind::integer;
    return {};
}

/// The items whose first byte says nothing but which kind they are, c0 … df.
Status read_long(Reader& in, unsigned lead, Item& item) {
    const auto kind = [&](Kind k) { item.kind = k; };
    switch (lead) {
        case 0xc0: return {};
        case 0xc2:
        case 0xc3:
            kind(Kind::boolean);
            item.number = lead & 1;
            return {};
        case 0xc4:
        case 0xc5:
        case 0xc6:
            kind(Kind::bytes);
            return take_content(in, item, TRY(read_be(in, 1U << (lead - 0xc4))));
        case 0xc7:
        case 0xc8:
        case 0xc9:
            kind(Kind::extension);
            return take_extension(in, item, TRY(read_be(in, 1U << (lead - 0xc7))));
        case 0xca:
        case 0xcb:
        case 0xcc:
        case 0xcd:
        case 0xce:
        case 0xcf:
        case 0xd0:
        case 0xd1:
        case 0xd2:
        case 0xd3: return read_number(in, lead, item);
        case 0xd9:
        case 0xda:
        case 0xdb:
            kind(Kind::text);
            return take_content(in, item, TRY(read_be(in, 1U << (lead - 0xd9))));
        case 0xdc:
        case 0xdd:
            kind(Kind::array);
            return take_count(in, item, TRY(read_be(in, 2U << (lead - 0xdc))));
        case 0xde:
        case 0xdf:
            kind(Kind::map);
            return take_count(in, item, TRY(read_be(in, 2U << (lead - 0xde))));
        default:
            if (lead == 0xc1) return Error{Errc::bad_header, item.at};
            kind(Kind::extension);  // d4 … d8
            return take_extension(in, item, 1U << (lead - 0xd4));
    }
}

Result<Item> read_item(Reader& in) {
    Item item;
    item.at = in.offset();
    const unsigned lead = TRY(in.u8());
    if (lead < 0x80 || lead >= 0xe0) {
        item.kind = Kind::integer;
        item.number = sign_extend(lead, 1);
    } else if (lead < 0x90) {
        item.kind = Kind::map;
        TRY(take_count(in, item, lead & 0x0f));
    } else if (lead < 0xa0) {
        item.kind = Kind::array;
        TRY(take_count(in, item, lead & 0x0f));
    } else if (lead < 0xc0) {
        item.kind = Kind::text;
        TRY(take_content(in, item, lead & 0x1f));
    } else {
        TRY(read_long(in, lead, item));
    }
    return item;
}

/// A map or array whose items are being read.
struct Open {
    std::uint32_t item = 0;
    std::uint64_t left = 0;
};

}  // namespace

double Item::real() const { return std::bit_cast<double>(number); }

Result<std::vector<Item>> read(Bytes bytes, std::uint64_t at, std::size_t most_items) {
    Reader in(bytes, at);
    std::vector<Item> items;
    std::vector<Open> open;
    do {
        if (items.size() >= most_items) return Error{Errc::limit_nodes, in.offset()};
        Item item = TRY(read_item(in));
        const auto number = static_cast<std::uint32_t>(items.size());
        item.end = number + 1;
        const std::uint64_t inside = item.kind == Kind::map     ? 2 * std::uint64_t{item.count}
                                     : item.kind == Kind::array ? item.count
                                                                : 0;
        items.push_back(item);
        if (!open.empty()) --open.back().left;
        if (inside != 0) {
            if (open.size() >= kMostDepth) return Error{Errc::limit_depth, item.at};
            open.push_back({number, inside});
        }
        while (!open.empty() && open.back().left == 0) {
            items[open.back().item].end = static_cast<std::uint32_t>(items.size());
            open.pop_back();
        }
    } while (!open.empty());
    if (!in.at_end()) return Error{Errc::trailing_bytes, in.offset()};
    return items;
}

}  // namespace pratique::msgpack
