#include "formats/numpy/npy.h"

#include <algorithm>

#include "base/checked.h"
#include "base/reader.h"
#include "base/text.h"

namespace pratique::numpy {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::uint64_t kLongestHeader = kMiB;
constexpr std::size_t kLongestTrusted = 10'000;

/// The three values of the header; each must be there, once, and nothing else.
struct Values {
    const Literal* descr = nullptr;
    const Literal* fortran_order = nullptr;
    const Literal* shape = nullptr;
};

Result<Values> pick(const Literal& dict) {
    if (dict.kind != LiteralKind::dict) return Error{Errc::bad_header, dict.offset};
    Values out;
    for (std::size_t i = 0; i + 1 < dict.items.size(); i += 2) {
        const Literal& key = dict.items[i];
        const Literal** slot = key.text == "descr"           ? &out.descr
                               : key.text == "fortran_order" ? &out.fortran_order
                               : key.text == "shape"         ? &out.shape
                                                             : nullptr;
        if (slot == nullptr) return Error{Errc::bad_header, key.offset};
        if (*slot != nullptr) return Error{Errc::duplicate_key, key.offset};
        *slot = &dict.items[i + 1];
    }
    const bool complete =
        out.descr != nullptr && out.fortran_order != nullptr && out.shape != nullptr;
    if (!complete) return Error{Errc::bad_header, dict.offset};
    return out;
}

std::string utf8_from_latin1(std::string_view source) {
    std::string out;
    out.reserve(source.size());
    for (const char c : source) append_utf8(out, static_cast<unsigned char>(c));
    return out;
}

bool is_ascii(std::string_view source) {
    return std::all_of(source.begin(), source.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

Status read_values(std::string_view source, std::uint64_t at, Header& out) {
    const Literal dict = TRY(parse_literal(source, at));
    const Values values = TRY(pick(dict));
    if (values.fortran_order->kind != LiteralKind::boolean) {
        return Error{Errc::bad_header, values.fortran_order->offset};
    }
    if (values.shape->kind != LiteralKind::tuple) {
        return Error{Errc::bad_header, values.shape->offset};
    }
    out.fortran_order = values.fortran_order->number != 0;
    out.dtype = TRY(parse_descr(*values.descr));
    out.shape = TRY(parse_shape(*values.shape));
    out.items = TRY(count_items(out.shape, values.shape->offset));
    out.data_size = TRY(checked_mul(out.items, out.dtype.itemsize, values.shape->offset));
    return {};
}

}  // namespace

bool recognise(Bytes bytes) { return starts_with(bytes, kMagic); }

Result<Header> read(Bytes bytes, const Limits& limits) {
    if (!recognise(bytes)) return Error{Errc::bad_magic, 0};
    Reader in(bytes);
    TRY(in.skip(kMagic.size()));
    Header out;
    out.major = TRY(in.u8());
    out.minor = TRY(in.u8());
    if (out.major < 1 || out.major > 3 || out.minor != 0) return Error{Errc::unsupported, 6};
    const std::uint64_t length =
        out.major == 1 ? std::uint64_t{TRY(in.le<std::uint16_t>())} : TRY(in.le<std::uint32_t>());
    if (length > std::min(kLongestHeader, limits.inflated_bytes)) {
        return Error{Errc::limit_bytes, 8};
    }
    const std::uint64_t at = in.offset();
    const std::string_view raw = text(TRY(in.take(length)));
    out.data_offset = in.offset();
    out.oversized_header = raw.size() > kLongestTrusted;
    if (out.major == 3 && !is_utf8(raw)) return Error{Errc::bad_text, at};
    // Offsets of errors behind a converted character shift with it; such headers are rare.
    const bool latin1 = out.major != 3 && !is_ascii(raw);
    TRY(latin1 ? read_values(utf8_from_latin1(raw), at, out) : read_values(raw, at, out));
    if (out.dtype.has_object) out.data_size = in.left();
    return out;
}

}  // namespace pratique::numpy
